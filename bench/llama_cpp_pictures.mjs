// Shows pictures to a GGUF model and its mmproj file in llama.cpp, through @fugood/llama.node, and
// prints what it answers as JSON.
//
//   LLAMA_NODE=DIR node bench/llama_cpp_pictures.mjs MODEL.gguf mmproj-MODEL.gguf REQUEST.json
//
// DIR is a folder where `npm install @fugood/llama.node` was run. REQUEST.json:
//   [{"prompt": "text with <__media__> for each picture", "pictures": ["a.png"], "count": 8}]
// The answer: [{"prompt": [ids], "text": "...", "first": {"piece": log-probability}}]
//   prompt  llama.cpp's tokens of the prompt, -1 for each of a picture's
//   text    the most likely tokens after it
//   first   natural log-probabilities of the likeliest pieces right after the prompt
import {readFileSync} from "node:fs";
import {createRequire} from "node:module";
import {join} from "node:path";

const [modelPath, projectorPath, requestPath] = process.argv.slice(2);
const folder = process.env.LLAMA_NODE;
if (!folder || !requestPath) {
  console.error("usage: LLAMA_NODE=DIR node bench/llama_cpp_pictures.mjs MODEL MMPROJ REQUEST");
  process.exit(2);
}
const {loadModel} = createRequire(join(folder, "node_modules/"))("@fugood/llama.node");

// A context of its own for each request: one that saw another picture before keeps it.
async function open() {
  const context = await loadModel({
    model: modelPath,
    n_ctx: 2048,
    n_batch: 2048,
    n_ubatch: 2048,
    n_parallel: 1,
    n_threads: 1,
    n_gpu_layers: 0,
    // Ours computes attention in FP32; llama.cpp's default is half precision.
    flash_attn_type: "off",
    cache_type_k: "f32",
    cache_type_v: "f32",
    ctx_shift: false
  });
  await context.initMultimodal({path: projectorPath, use_gpu: false});
  return context;
}

const drawing = {n_predict: 1, temperature: 1, top_k: 0, top_p: 1, min_p: 0, n_probs: 20};
const answers = [];
for (const {prompt, pictures, count} of JSON.parse(readFileSync(requestPath, "utf8"))) {
  const context = await open();
  const request = {prompt, media_paths: pictures, penalty_repeat: 1, seed: 1};
  const tokens = await context.tokenize(prompt, {media_paths: pictures});
  const drawn = await context.completion({...request, ...drawing});
  const first = {};
  for (const {tok_str, prob} of drawn.completion_probabilities[0].probs) {
    first[tok_str] = Math.log(prob);
  }
  await context.clearCache(true);
  const greedy = await context.completion({...request, n_predict: count, temperature: 0});
  answers.push({prompt: Array.from(tokens.tokens), text: greedy.text, first});
  await context.release();
}
process.stdout.write("\n" + JSON.stringify(answers) + "\n");
process.exit(0);
