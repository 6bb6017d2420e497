// CommonJS, because the SDK loads it by require(), and bundles it for the workflow sandbox.
const { DefaultFailureConverter } = require('@temporalio/common');

/** Messages and stacks of failures become payloads, which the codec encrypts like all others. */
exports.failureConverter = new DefaultFailureConverter({ encodeCommonAttributes: true });
