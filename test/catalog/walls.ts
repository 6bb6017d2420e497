import type pg from 'pg';

/**
 * Every table that has an owner, by a column or over foreign keys, and what keeps owners apart there.
 * `app` is whether darkroom_app may do anything at all with it.
 */
const OWNED = `
  with recursive owned as (
    select attrelid as oid from pg_attribute join pg_class on pg_class.oid = attrelid
    where attname = 'owner_id' and relkind in ('r', 'p') and relnamespace = 'public'::regnamespace
    union
    select conrelid from pg_constraint join owned on confrelid = owned.oid where contype = 'f'
  )
  select pg_class.oid::regclass::text as name, relrowsecurity as enabled, relforcerowsecurity as forced,
    has_any_column_privilege('darkroom_app', pg_class.oid, 'select, insert, update')
      or has_table_privilege('darkroom_app', pg_class.oid, 'delete, truncate, trigger') as app,
    coalesce((
      select json_agg(json_build_object(
        'name', polname, 'all', polcmd = '*', 'permissive', polpermissive,
        'roles', array(select case role when 0 then 'public' else role::regrole::text end
          from unnest(polroles) role),
        'using', pg_get_expr(polqual, polrelid), 'check', pg_get_expr(polwithcheck, polrelid)))
      from pg_policy where polrelid = pg_class.oid
    ), '[]') as policies
  from pg_class where oid in (select oid from owned) order by 1`;

interface Policy {
  name: string;
  all: boolean;
  permissive: boolean;
  roles: string[];
  using: string | null;
  check: string | null;
}

export interface OwnedTable {
  name: string;
  enabled: boolean;
  forced: boolean;
  app: boolean;
  policies: Policy[];
}

export async function ownedTables(client: pg.Client): Promise<OwnedTable[]> {
  return (await client.query<OwnedTable>(OWNED)).rows;
}

/** What lets an owner see or change rows of another; nothing in a database that is as it should be. */
export async function gaps(client: pg.Client): Promise<string[]> {
  const tables = await ownedTables(client);
  return [
    ...tables.flatMap(gapsOf),
    ...(await openTables(client, tables)),
    ...(await openViews(client)),
    ...(await openFunctions(client)),
  ];
}

function gapsOf({ name, enabled, forced, app, policies }: OwnedTable): string[] {
  const whole = ({ all, permissive, using, check }: Policy) =>
    all && permissive && using !== null && check !== null;
  const of = (role: string) => policies.filter(({ roles }) => roles.includes(role));
  const named = (text: string | null) => text === null || text.includes('darkroom_owner()');
  const apart = of('darkroom_app').filter(({ permissive }) => permissive);
  return [
    ...(enabled ? [] : [`${name}: row level security is off`]),
    ...(forced ? [] : [`${name}: its owner passes by`]),
    ...(of('darkroom_service').some(whole) ? [] : [`${name}: nothing for the service`]),
    ...(of('public').length === 0 ? [] : [`${name}: a policy for everybody`]),
    ...(app === apart.some(whole) ? [] : [`${name}: grants and policies of owners differ`]),
    ...(apart.every(({ using, check }) => named(using) && named(check))
      ? []
      : [`${name}: a policy that asks for no owner`]),
  ];
}

/** Without an owner there is nothing to tell rows apart by. */
async function openTables(client: pg.Client, owned: OwnedTable[]): Promise<string[]> {
  const { rows } = await client.query<{ name: string }>(
    `select oid::regclass::text as name from pg_class
     where relnamespace = 'public'::regnamespace and relkind in ('r', 'p', 'v', 'm', 'S')
       and oid::regclass::text <> all($1)
       and case relkind when 'S' then has_sequence_privilege('darkroom_app', oid, 'usage, select, update')
         else has_any_column_privilege('darkroom_app', oid, 'select, insert, update')
           or has_table_privilege('darkroom_app', oid, 'delete, truncate, trigger') end`,
    [owned.map(({ name }) => name)],
  );
  return rows.map(({ name }) => `${name}: owners reach it, and it has no owner`);
}

/** Views read with the rights of whoever made them, unless they say otherwise. */
async function openViews(client: pg.Client): Promise<string[]> {
  const { rows } = await client.query<{ name: string }>(
    `select oid::regclass::text as name from pg_class
     where relnamespace = 'public'::regnamespace and relkind in ('v', 'm')
       and not coalesce(reloptions, '{}') && '{security_invoker=true,security_invoker=on}'`,
  );
  return rows.map(({ name }) => `${name}: a view with the rights of its maker`);
}

/** Functions that act as the service: temporary tables come last, and not everybody calls them. */
async function openFunctions(client: pg.Client): Promise<string[]> {
  const { rows } = await client.query<{ name: string; shadowed: boolean; everybody: boolean }>(
    `select oid::regprocedure::text as name,
       not exists (select from unnest(proconfig) setting where setting ~ '^search_path=.*, pg_temp$')
         as shadowed,
       exists (select from aclexplode(coalesce(proacl, acldefault('f', proowner))) where grantee = 0)
         as everybody
     from pg_proc where prosecdef and pronamespace = 'public'::regnamespace order by 1`,
  );
  return rows.flatMap(({ name, shadowed, everybody }) => [
    ...(shadowed ? [`${name}: temporary tables come before ours`] : []),
    ...(everybody ? [`${name}: everybody may call it`] : []),
  ]);
}
