// Makes dist/extension.js of the client and the libraries that it uses, and writes down whose they
// are: dist/THIRD-PARTY.txt.
"use strict";

const esbuild = require("esbuild");
const fs = require("node:fs");
const path = require("node:path");

const PACKAGE = /^node_modules\/((?:@[^/]+\/)?[^/]+)\//;

async function main() {
  const { metafile } = await esbuild.build({
    entryPoints: ["client/extension.js"],
    outfile: "dist/extension.js",
    bundle: true,
    minify: true,
    platform: "node",
    target: "node18",
    external: ["vscode"],
    metafile: true,
  });
  const used = new Set();
  for (const input of Object.keys(metafile.inputs)) {
    const found = PACKAGE.exec(input);
    if (found) used.add(found[1]);
  }
  fs.writeFileSync("dist/THIRD-PARTY.txt", [...used].sort().map(notice).join("\n\n"));
}

function notice(name) {
  const folder = path.join("node_modules", name);
  const { version, license } = JSON.parse(fs.readFileSync(path.join(folder, "package.json")));
  const file = fs.readdirSync(folder).find((each) => /^licen[cs]e/i.test(each));
  const text = file ? fs.readFileSync(path.join(folder, file), "utf8").trim() : "";
  return `${name} ${version} (${license})\n\n${text}\n`;
}

main();
