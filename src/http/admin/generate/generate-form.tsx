import type { ImageView } from '../../../client.js';
import { GENERATION_PROVIDERS, RESULT_FORMATS } from '../../../domain/generation.js';
import { USUAL_TIMEOUT_SECONDS, USUAL_TRIES } from '../../../domain/generation-request.js';
import { STYLES } from '../../../domain/styles.js';
import type { HttpSettings } from '../../http-deps.js';
import { spoken } from '../words.js';
import { SIZES, type FormFields } from './form-fields.js';
import { PreviewText, SourceShown } from './preview.js';

export interface GenerateFormProps {
  /** As they were typed, or as an earlier request had them. */
  fields: FormFields;
  /** Everything that is wrong with them, a sentence each. */
  problems: string[];
  source?: ImageView;
  settings: Pick<HttpSettings, 'generation' | 'defaultOwner'>;
}

/** Outside of whatever answers replace: nothing that is typed is ever lost. */
export function GenerateForm(props: GenerateFormProps) {
  const { fields, problems } = props;
  const { model } = props.settings.generation;
  return (
    <form
      id="generate"
      class="asks"
      {...{ method: 'post', action: '/admin/generate', 'hx-post': '/admin/generate' }}
      {...{ 'hx-target': '#problems', novalidate: true, autocomplete: 'off' }}
    >
      <label class="whole">
        Prompt
        <textarea
          name="prompt"
          id="prompt"
          rows={4}
          autofocus={fields.prompt === undefined}
          placeholder="a lighthouse at dusk, waves breaking on dark rocks"
        >
          {fields.prompt}
        </textarea>
      </label>
      <div
        {...{ class: 'preview whole', id: 'preview', role: 'region', tabindex: 0 }}
        aria-label="Prompt as it is sent"
        hx-post="/admin/generate/preview"
        hx-trigger="input delay:300ms from:#generate"
        hx-target="this"
        hx-sync="this:replace"
      >
        <PreviewText {...fields} />
      </div>
      <Choice name="style" label="Style" fields={fields} none="none" options={styles()} />
      <Field name="seed" label="Seed" fields={fields} hint="any" numeric />
      <Choice name="size" label="Size" fields={fields} options={SIZES} whole />
      <Field name="width" label="Width" fields={fields} hint="px, by the size" numeric />
      <Field name="height" label="Height" fields={fields} hint="px, by the size" numeric />
      <Field {...{ name: 'model', label: 'Model', fields }} hint={model} whole />
      <Source {...props} />
      <More {...props} />
      <div class="whole send">
        <button class="primary" id="generate-button">
          Generate
        </button>
        <div id="problems" role="alert">
          <Problems problems={problems} />
        </div>
      </div>
    </form>
  );
}

/** What is wrong with a request, in words. */
export function Problems({ problems }: { problems: string[] }) {
  if (problems.length === 0) return <></>;
  return (
    <ul class="problem">
      {problems.map((problem) => (
        <li>{problem}</li>
      ))}
    </ul>
  );
}

function Source({ fields, source }: GenerateFormProps) {
  return (
    <details {...{ class: 'whole', id: 'source-panel', open: fields.sourceImage !== undefined }}>
      <summary>Source image</summary>
      <div class="fields">
        <Field
          {...{ name: 'sourceImage', label: 'Id of an image, or https: address', fields }}
          whole
        />
        <Field name="strength" label="Strength" fields={fields} hint="0 to 1" numeric />
        <p class="quiet says">0 stays with the source, 1 forgets it.</p>
        <SourceShown
          {...(fields.sourceImage !== undefined && { sourceImage: fields.sourceImage })}
          {...(source !== undefined && { source })}
        />
      </div>
    </details>
  );
}

const IN_MORE = [
  'negativePrompt',
  'provider',
  'steps',
  'guidanceScale',
  'format',
  'priority',
  'maxAttempts',
  'timeoutSeconds',
  'ownerId',
] as const;

function More({ fields, settings }: GenerateFormProps) {
  const { generation, defaultOwner } = settings;
  // A format is always chosen; png is the usual one.
  const open = IN_MORE.some((name) => Boolean(fields[name]) && fields[name] !== 'png');
  const same = (words: readonly string[]) => Object.fromEntries(words.map((it) => [it, it]));
  return (
    <details {...{ class: 'whole', id: 'more-panel', open }}>
      <summary>More</summary>
      <div class="fields">
        <label class="whole">
          Negative prompt
          <textarea name="negativePrompt" rows={2}>
            {fields.negativePrompt}
          </textarea>
        </label>
        <Choice
          {...{ name: 'provider', label: 'Provider', fields }}
          none={`as configured, ${generation.provider}`}
          options={same(GENERATION_PROVIDERS)}
        />
        <Choice name="format" label="Format" fields={fields} options={same(RESULT_FORMATS)} />
        <Field name="steps" label="Steps" fields={fields} hint="the model's own" numeric />
        <Field
          name="guidanceScale"
          label="Guidance"
          fields={fields}
          hint="the model's own"
          numeric
        />
        <Field name="priority" label="Priority" fields={fields} hint="0, higher first" numeric />
        <Field name="maxAttempts" label="Tries" fields={fields} hint={`${USUAL_TRIES}`} numeric />
        <Field
          name="timeoutSeconds"
          label="Time-out"
          fields={fields}
          hint={`${USUAL_TIMEOUT_SECONDS} seconds`}
          numeric
        />
        <Field name="ownerId" label="Owner" fields={fields} hint={defaultOwner} />
      </div>
    </details>
  );
}

interface FieldProps {
  name: keyof FormFields;
  label: string;
  fields: FormFields;
  /** What holds while it is empty. */
  hint?: string;
  numeric?: boolean;
  whole?: boolean;
}

/** As text also where a number is wanted: of what is no number a browser would send nothing. */
function Field({ name, label, fields, hint, numeric = false, whole = false }: FieldProps) {
  return (
    <label {...(whole && { class: 'whole' })}>
      {label}
      <input
        {...{ name, id: `field-${name}`, value: fields[name] ?? '', placeholder: hint }}
        {...(numeric && { inputmode: 'decimal' as const })}
      />
    </label>
  );
}

interface ChoiceProps extends Omit<FieldProps, 'hint' | 'numeric'> {
  /** How it is called that nothing is chosen; absent: one of them always is. */
  none?: string;
  /** What each stands for in words. */
  options: Record<string, string>;
}

function Choice({ name, label, fields, none, options, whole = false }: ChoiceProps) {
  return (
    <label {...(whole && { class: 'whole' })}>
      {label}
      <select {...{ name, id: `field-${name}` }}>
        {none !== undefined && <option value="">{none}</option>}
        {Object.entries(options).map(([value, words]) => (
          <option value={value} selected={value === fields[name]}>
            {words}
          </option>
        ))}
      </select>
    </label>
  );
}

function styles(): Record<string, string> {
  return Object.fromEntries(
    Object.keys(STYLES).map((style) => [style, spoken(style.replaceAll('-', '_'))]),
  );
}
