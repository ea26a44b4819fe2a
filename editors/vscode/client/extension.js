// Starts the language server and hands it the rule files that are open. What it knows of the
// language is in the server: `trustpolicy lsp`.
"use strict";

const vscode = require("vscode");
const { LanguageClient, TransportKind } = require("vscode-languageclient/node");

/** @type {LanguageClient | undefined} */
let client;

const RULE_FILES = "**/*.{policy,policy.md}";

function makeClient() {
  const settings = vscode.workspace.getConfiguration("trustpolicy");
  const [command, ...args] = settings.get("command", ["trustpolicy", "lsp"]);
  const folder = vscode.workspace.workspaceFolders?.[0]?.uri;
  const server = {
    command,
    args,
    transport: TransportKind.stdio,
    options: folder?.scheme === "file" ? { cwd: folder.fsPath } : {},
  };
  return new LanguageClient("trustpolicy", "Trust policy", server, {
    documentSelector: [
      { scheme: "file", language: "policy" },
      { scheme: "untitled", language: "policy" },
      { scheme: "file", pattern: "**/*.policy.md" },
    ],
    initializationOptions: {
      rules: settings.get("rules", []),
      schema: settings.get("schema", ""),
    },
    synchronize: { fileEvents: vscode.workspace.createFileSystemWatcher(RULE_FILES) },
  });
}

async function start() {
  client = makeClient();
  try {
    await client.start();
  } catch (problem) {
    const pick = await vscode.window.showErrorMessage(
      "The Trust policy server cannot be started. Install it with " +
        "pip install 'trust-policy-engine[lsp]', or say where it is.",
      "Open settings",
    );
    if (pick) {
      await vscode.commands.executeCommand(
        "workbench.action.openSettings",
        "trustpolicy.command",
      );
    }
  }
}

async function stop() {
  const running = client;
  client = undefined;
  if (running?.needsStop()) {
    await running.stop();
  }
}

async function restart() {
  await stop();
  await start();
}

/** @param {vscode.ExtensionContext} context */
async function activate(context) {
  context.subscriptions.push(
    vscode.commands.registerCommand("trustpolicy.restart", restart),
    vscode.workspace.onDidChangeConfiguration((change) => {
      if (change.affectsConfiguration("trustpolicy") && vscode.workspace.isTrusted) {
        restart();
      }
    }),
    vscode.workspace.onDidGrantWorkspaceTrust(restart),
  );
  if (vscode.workspace.isTrusted) {
    await start();
  }
}

module.exports = { activate, deactivate: stop };
