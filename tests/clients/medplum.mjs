// Medplum's client, unmodified, through every interaction of FHIR it has. Prints what it met, a line each.
import { MedplumClient } from '@medplum/core';

const base = new URL(process.env.BASE);
const client = new MedplumClient({
  baseUrl: `${base.origin}/`, fhirUrlPath: 'fhir', fetch, accessToken: process.env.TOKEN, cacheTime: 0, maxRetries: 0,
});
const say = (name, value) => console.log(`${name} ${value}`);
const code = async (promise) => promise.then(() => 'done', (error) => error.outcome?.issue?.[0]?.code);

const made = await client.createResource({ resourceType: 'Patient', name: [{ family: 'Medplummer' }] });
say('create', made.meta.versionId);
say('update', (await client.updateResource({ ...made, gender: 'male' })).meta.versionId);
const operations = [{ op: 'replace', path: '/gender', value: 'female' }];
say('patch', (await client.patchResource('Patient', made.id, operations)).gender);
say('vread', (await client.readVersion('Patient', made.id, '1')).meta.versionId);
say('history', (await client.readHistory('Patient', made.id)).entry.length);
for (let number = 0; number < 5; number++) {
  const subject = { reference: `Patient/${made.id}` };
  await client.createResource({ resourceType: 'Observation', status: 'final', code: { text: 'x' }, subject });
}
let count = 0;
for await (const page of client.searchResourcePages('Observation', { patient: made.id, _count: 2 })) count += page.length;
say('pages', count);
say('total', (await client.search('Observation', `patient=${made.id}&_total=accurate`)).total);
say('everything', (await client.readPatientEverything(made.id)).entry.length);
say('validate', (await client.validateResource({ resourceType: 'Patient' })).resourceType);
const known = await client.createResourceIfNoneExist({ resourceType: 'Patient' }, `_id=${made.id}`);
say('unless', known.id === made.id);
const entry = [{ resource: { resourceType: 'Patient' }, request: { method: 'POST', url: 'Patient' } }];
say('transaction', (await client.executeBatch({ resourceType: 'Bundle', type: 'transaction', entry })).entry[0].response.status);
await client.deleteResource('Patient', made.id);
say('gone', await code(client.readResource('Patient', made.id)));
say('refused', await code(client.search('Patient', 'colour=red')));
