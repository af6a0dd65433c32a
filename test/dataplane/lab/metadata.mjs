/**
 * The instance metadata service, version 2, as far as it is asked here: node metadata.mjs '{"10.9.0.1": {"instance-id": "i-…"}}'
 * Who asks is told by the address, as on EC2; without a token of the service nobody gets an answer.
 */
import { createServer } from 'node:http';

const known = JSON.parse(process.argv[2]);
const token = 'lab-token';

const server = createServer((request, response) => {
  const answer = (status, text = '') => response.writeHead(status, { 'content-type': 'text/plain' }).end(text);
  const own = known[request.socket.remoteAddress.replace('::ffff:', '')];
  if (request.url === '/latest/api/token') {
    if (request.method !== 'PUT' || !request.headers['x-aws-ec2-metadata-token-ttl-seconds']) return answer(400);
    return response.writeHead(200, { 'x-aws-ec2-metadata-token-ttl-seconds': '21600' }).end(token);
  }
  if (request.headers['x-aws-ec2-metadata-token'] !== token) return answer(401);
  const [, version, kind, ...path] = request.url.replace(/\/$/, '').split('/');
  if (!own || !/^(latest|20\d\d-\d\d-\d\d)$/.test(version ?? '')) return answer(404);
  if (kind === undefined) return answer(200, 'dynamic\nmeta-data');
  if (kind === 'meta-data' && path.length === 0) return answer(200, Object.keys(own).join('\n'));
  if (kind === 'meta-data' && own[path.join('/')] !== undefined) return answer(200, own[path.join('/')]);
  if (kind === 'dynamic' && path.join('/') === 'instance-identity/document') {
    return answer(200, JSON.stringify({ instanceId: own['instance-id'], region: 'eu-west-1', accountId: '111122223333' }));
  }
  return answer(404);
});
server.listen(80, '169.254.169.254', () => console.log('ready'));
