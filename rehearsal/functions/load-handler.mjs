// Finds a handler as the managed Node.js runtime does, and fails with its error types.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

export async function loadHandler(root, handler) {
  const [, file, exported] = /^(.*?[^/.]*)\.(.+)$/.exec(handler) ?? [];
  if (!file) throw named('Runtime.MalformedHandlerName', 'Bad handler');
  const found = ['.js', '.mjs', '.cjs'].map(extension => join(root, `${file}${extension}`)).find(path => existsSync(path));
  if (!found) throw named('Runtime.ImportModuleError', `Error: Cannot find module '${file}'\nRequire stack:\n- ${root}`);
  const module = await load(found);
  let value = module;
  for (const name of exported.split('.')) value = value?.[name] ?? value?.default?.[name];
  if (value === undefined) throw named('Runtime.HandlerNotFound', `${handler} is undefined or not exported`);
  if (typeof value !== 'function') throw named('Runtime.HandlerNotFound', `${handler} is not a function`);
  return value;
}

async function load(path) {
  try {
    return await import(pathToFileURL(path).href);
  } catch (error) {
    if (error instanceof SyntaxError) throw named('Runtime.UserCodeSyntaxError', `SyntaxError: ${error.message}`);
    if (error?.code === 'ERR_MODULE_NOT_FOUND' || error?.code === 'MODULE_NOT_FOUND') {
      throw named('Runtime.ImportModuleError', `Error: ${error.message}`);
    }
    throw error; // what the module itself throws while it is loaded keeps its name
  }
}

function named(name, message) {
  return Object.assign(new Error(message), { name });
}
