// Builds one file for each entry: a folder of src/ that has an index.ts or index.tsx.
//
//   node build.mjs [--out FOLDER] [ENTRY ...]
//
// Writes <entry>-<hash>.js, <entry>.licences.md (what third parties ask for) and BUILD.json: the SHA-256 of everything
// that went in and came out. The same sources give the same bytes anywhere; tests/ui/test_bundle.py holds us to it.
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

import react from "@vitejs/plugin-react";
import { build } from "vite";

const HERE = dirname(fileURLToPath(import.meta.url));
const SRC = join(HERE, "src");
const SHARED = ["shared"];
const CONFIG = ["build.mjs", "package.json", "package-lock.json", "tsconfig.json"];

const { values, positionals } = parseArgs({ options: { out: { type: "string" } }, allowPositionals: true });
const OUT = resolve(values.out ?? join(HERE, "..", "static", "components"));

const sha256 = (bytes) => createHash("sha256").update(bytes).digest("hex");

const indexOf = (entry) => ["index.ts", "index.tsx"].map((name) => join(SRC, entry, name)).find((file) => existsSync(file));

const entries = () =>
  readdirSync(SRC, { withFileTypes: true })
    .filter((each) => each.isDirectory() && indexOf(each.name))
    .map((each) => each.name)
    .sort();

const filesBelow = (folder) =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((each) => each.isFile() && !/\.test\.tsx?$/.test(each.name))
    .map((each) => relative(HERE, join(each.parentPath, each.name)))
    .sort();

/** SHA-256 by file of what an entry may be made of. */
const sourcesOf = (entry) => {
  const folders = [entry, ...SHARED].filter((name) => existsSync(join(SRC, name)));
  const files = [...CONFIG, ...folders.flatMap((name) => filesBelow(join(SRC, name)))];
  return Object.fromEntries(files.map((file) => [file, sha256(readFileSync(join(HERE, file)))]));
};

/**
 * `import text from "./module?script"`: that module with all it imports, as the text of one script. For code that runs
 * elsewhere (audio worklets, workers) and must not be a file of its own. Only code of ours: third parties' licences
 * would be left out.
 */
const SCRIPT = "?script";
const scripts = {
  name: "scripts",
  enforce: "pre",
  async resolveId(id, importer) {
    if (!id.endsWith(SCRIPT)) return null;
    const found = await this.resolve(id.slice(0, -SCRIPT.length), importer);
    if (!found) throw new Error(`${importer} asks for ${id}, which does not exist`);
    return found.id + SCRIPT;
  },
  async load(id) {
    if (!id.endsWith(SCRIPT)) return null;
    const output = { format: "iife", codeSplitting: false };
    const made = await build({
      root: HERE,
      configFile: false,
      logLevel: "warn",
      build: {
        write: false,
        target: "es2022",
        minify: true,
        sourcemap: false,
        modulePreload: false,
        reportCompressedSize: false,
        rolldownOptions: { input: id.slice(0, -SCRIPT.length), output },
      },
    });
    const [chunk, ...others] = made.output;
    const strangers = Object.keys(chunk.modules).filter((file) => file.includes("node_modules"));
    if (others.length || strangers.length) throw new Error(`${id} must be one script of our own code`);
    return `export default ${JSON.stringify(chunk.code)}`;
  },
};

/** The finished text of an entry and the licences of what is inside. */
const bundle = async (entry) => {
  const made = await build({
    root: HERE,
    configFile: false,
    logLevel: "warn",
    plugins: [react(), scripts],
    build: {
      write: false,
      target: "es2022",
      minify: true,
      sourcemap: false,
      modulePreload: false,
      reportCompressedSize: false,
      chunkSizeWarningLimit: 4096,
      license: { fileName: "licences.md" },
      // An application build: Vite's mode for libraries leaves white space in modules.
      rolldownOptions: {
        input: indexOf(entry),
        preserveEntrySignatures: "strict",
        output: { format: "es", entryFileNames: "entry.js", codeSplitting: false },
      },
    },
  });
  const files = (Array.isArray(made) ? made : [made]).flatMap((each) => each.output);
  const code = files.find((each) => each.type === "chunk");
  const licences = files.find((each) => each.fileName === "licences.md");
  if (files.length !== 2 || !code || !licences) {
    throw new Error(`${entry}: one script and its licences were expected, not ${files.map((each) => each.fileName)}`);
  }
  return { code: code.code, licences: String(licences.source) };
};

const manifestFile = join(OUT, "BUILD.json");
const known = existsSync(manifestFile) ? JSON.parse(readFileSync(manifestFile, "utf8")).entries : {};
const all = entries();
const wanted = positionals.length ? positionals : all;
mkdirSync(OUT, { recursive: true });

const manifest = Object.fromEntries(Object.entries(known).filter(([entry]) => all.includes(entry)));
for (const entry of wanted) {
  const { code, licences } = await bundle(entry);
  const outputs = { [`${entry}-${sha256(code).slice(0, 10)}.js`]: code, [`${entry}.licences.md`]: licences };
  for (const old of readdirSync(OUT)) if (old.startsWith(`${entry}-`) || old.startsWith(`${entry}.`)) rmSync(join(OUT, old));
  for (const [name, text] of Object.entries(outputs)) writeFileSync(join(OUT, name), text);
  manifest[entry] = {
    outputs: Object.fromEntries(Object.entries(outputs).map(([name, text]) => [name, sha256(text)])),
    sources: sourcesOf(entry),
  };
  console.log(`${Object.keys(outputs)[0]}  ${(code.length / 1024).toFixed(0)} kB`);
}
const about = "Made by `make frontend`; never edit by hand. SHA-256 of what went in and what came out.";
const sorted = Object.fromEntries(Object.entries(manifest).sort(([a], [b]) => (a < b ? -1 : 1)));
writeFileSync(manifestFile, `${JSON.stringify({ about, entries: sorted }, null, 1)}\n`);
