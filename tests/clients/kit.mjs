// fhir-kit-client, unmodified, through every interaction it has. Prints what it met, a line each.
import * as kit from 'fhir-kit-client';

const Client = kit.default ?? kit.Client;
const client = new Client({ baseUrl: process.env.BASE, bearerToken: process.env.TOKEN });
const say = (name, value) => console.log(`${name} ${value}`);
const status = async (promise) => promise.then(() => 200, (error) => error.response?.status ?? error.status);

say('version', (await client.capabilityStatement()).fhirVersion);
const made = await client.create({ resourceType: 'Patient', body: { resourceType: 'Patient', name: [{ family: 'Kitty' }] } });
say('create', made.meta.versionId);
const read = await client.read({ resourceType: 'Patient', id: made.id });
say('update', (await client.update({ resourceType: 'Patient', id: made.id, body: { ...read, gender: 'male' } })).meta.versionId);
const operations = [{ op: 'replace', path: '/gender', value: 'female' }];
say('patch', (await client.patch({ resourceType: 'Patient', id: made.id, jsonPatch: operations })).gender);
say('vread', (await client.vread({ resourceType: 'Patient', id: made.id, version: '1' })).meta.versionId);
for (let number = 0; number < 5; number++) {
  const body = { resourceType: 'Observation', status: 'final', code: { text: 'x' }, subject: { reference: `Patient/${made.id}` } };
  await client.create({ resourceType: 'Observation', body });
}
let page = await client.search({ resourceType: 'Observation', searchParams: { patient: made.id, _count: 2 } });
let count = page.entry.length;
while (page.link.some((link) => link.relation === 'next')) {
  page = await client.nextPage({ bundle: page });
  count += page.entry.length;
}
say('pages', count);
const posted = { resourceType: 'Patient', searchParams: { family: 'Kitty' }, options: { postSearch: true } };
say('post', (await client.search(posted)).entry.length);
say('history', (await client.history({ resourceType: 'Patient', id: made.id })).entry.length);
say('everything', (await client.operation({ name: 'everything', resourceType: 'Patient', id: made.id, method: 'GET' })).entry.length);
const entry = [{ resource: { resourceType: 'Patient' }, request: { method: 'POST', url: 'Patient' } }];
const answer = await client.transaction({ body: { resourceType: 'Bundle', type: 'transaction', entry } });
say('transaction', answer.entry[0].response.status);
await client.delete({ resourceType: 'Patient', id: made.id });
say('gone', await status(client.read({ resourceType: 'Patient', id: made.id })));
say('refused', await status(client.search({ resourceType: 'Patient', searchParams: { colour: 'red' } })));
