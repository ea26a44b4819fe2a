// Runs the packed extension without Visual Studio Code, for the tests: what it asks of the editor is
// answered by stand-ins, the server and the client library are the real ones.
//
//     node client/stand_in.js trusted|untrusted PROGRAM WORD...
//
// Prints, as JSON, which commands were registered and what was shown to the author.
"use strict";

const Module = require("node:module");
const path = require("node:path");

const [trust, ...command] = process.argv.slice(2);
const nothing = () => ({ dispose() {} });
const made = new Map();
const registered = [];
const shown = [];

// Stands for any class or function of the editor's that nothing here depends on.
function standIn(name) {
  if (!made.has(name)) {
    const Anything = function () {
      if (!new.target) return { dispose() {} };
      this.event = nothing;
    };
    for (const method of ["fire", "dispose", "get", "set", "clear"]) {
      Anything.prototype[method] = () => {};
    }
    made.set(name, withStandIns(Anything, name));
  }
  return made.get(name);
}

function withStandIns(known, name, events = false) {
  return new Proxy(known, {
    get(target, key) {
      if (key in target || typeof key === "symbol") return target[key];
      if (events && /^(on|register|create)/.test(key)) {
        return () => ({ dispose() {}, event: nothing });
      }
      return standIn(`${name}.${key}`);
    },
  });
}

const settings = { get: (key, other) => (key === "command" ? command : other) };
const actionKind = { append: () => actionKind };
const editor = {
  workspace: {
    isTrusted: trust === "trusted",
    workspaceFolders: [],
    textDocuments: [],
    notebookDocuments: [],
    getConfiguration: () => settings,
    createFileSystemWatcher: () => withStandIns({ dispose() {} }, "watcher", true),
  },
  window: {
    visibleTextEditors: [],
    createOutputChannel: () => ({ append() {}, appendLine() {}, show() {}, dispose() {} }),
    showErrorMessage: async (message) => void shown.push(message),
  },
  commands: {
    registerCommand(name) {
      registered.push(name);
      return { dispose() {} };
    },
  },
  CodeActionKind: { Empty: actionKind, QuickFix: actionKind },
  env: { language: "en", appName: "stand-in" },
  version: "1.90.0",
};
for (const name of ["workspace", "window", "commands", "env"]) {
  editor[name] = withStandIns(editor[name], name, true);
}

const load = Module._load;
Module._load = function (name, ...rest) {
  return name === "vscode" ? withStandIns(editor, "vscode") : load.call(this, name, ...rest);
};

async function main() {
  const extension = require(path.resolve("dist/extension.js"));
  await extension.activate({ subscriptions: [] });
  console.log(JSON.stringify({ registered, shown }));
  await extension.deactivate();
  process.exit(0);
}

main();
