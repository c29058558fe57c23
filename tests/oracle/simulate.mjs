// Answers jobs, one JSON object a line on standard input, with the core of @cloud-copilot/iam-simulate (run beside the project, never part of it).
// The first argument is the node_modules directory that holds it.
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";
import { join } from "node:path";

const home = process.argv[2];
const at = (path) => pathToFileURL(join(home, "@cloud-copilot", path)).href;
const { authorize } = await import(at("iam-simulate/dist/esm/core_engine/CoreSimulatorEngine.js"));
const { AwsRequestImpl } = await import(at("iam-simulate/dist/esm/request/request.js"));
const { DiscoveryContextKeyConstraints } = await import(at("iam-simulate/dist/esm/context_keys/discoveryContextKeyConstraints.js"));
const { RequestContextImpl } = await import(at("iam-simulate/dist/esm/requestContext.js"));
const { loadPolicy } = await import(at("iam-policy/dist/esm/index.js"));

const load = (document, name) => loadPolicy(document, { name });
const levels = (given) => (given ?? []).map((documents, level) => ({ orgIdentifier: `level-${level}`, policies: documents.map((document, index) => load(document, `${level} ${index}`)) }));
for await (const line of createInterface({ input: process.stdin })) {
  const job = JSON.parse(line);
  try {
    const request = new AwsRequestImpl(job.principal, { resource: job.resource, accountId: job.account }, job.action, new RequestContextImpl(job.context), false);
    const answer = authorize({
      request,
      sessionPolicy: job.session ? load(job.session, "session") : undefined,
      identityPolicies: job.identity.map((policy, index) => load(policy, `identity ${index}`)),
      serviceControlPolicies: levels(job.scps),
      resourceControlPolicies: levels(job.rcps),
      resourcePolicy: job.policy ? load(job.policy, "resource") : undefined,
      permissionBoundaries: job.boundary ? [load(job.boundary, "boundary")] : undefined,
      vpcEndpointPolicies: undefined,
      simulationParameters: { simulationMode: "Strict", discoveryContextKeyConstraints: new DiscoveryContextKeyConstraints([]) },
    });
    console.log(answer.result);
  } catch (error) {
    console.log(`error: ${error.message}`.replaceAll("\n", " "));
  }
}
