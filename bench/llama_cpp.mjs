// Runs a GGUF file in llama.cpp, through node-llama-cpp, and prints what it finds as JSON.
//
//   NODE_LLAMA_CPP=DIR node bench/llama_cpp.mjs MODEL.gguf REQUEST.json
//
// DIR is a folder where `npm install node-llama-cpp` was run. REQUEST.json:
//   {"greedy": [{"prompt": [ids], "count": 200}], "sequences": [[ids]], "texts": ["..."]}
// The answer: {"greedy": [[ids]], "logprobs": [[...]], "ids": [[ids]], "chat": "template or empty"}
//   greedy    the most likely tokens after each prompt
//   logprobs  natural log-probability of each token of a sequence after the first
//   ids       llama.cpp's tokens of each text, without a start token
import {readFileSync} from "node:fs";
import {join} from "node:path";
import {pathToFileURL} from "node:url";

const [modelPath, requestPath] = process.argv.slice(2);
const folder = process.env.NODE_LLAMA_CPP;
if (!folder || !requestPath) {
  console.error("usage: NODE_LLAMA_CPP=DIR node bench/llama_cpp.mjs MODEL.gguf REQUEST.json");
  process.exit(2);
}
const entry = join(folder, "node_modules", "node-llama-cpp", "dist", "index.js");
const {getLlama} = await import(pathToFileURL(entry).href);
const request = JSON.parse(readFileSync(requestPath, "utf8"));

const llama = await getLlama({gpu: false, build: "never", logLevel: "error"});
const model = await llama.loadModel({modelPath});
const context = await model.createContext({
  contextSize: model.trainContextSize,
  batchSize: model.trainContextSize,
  threads: Number(request.threads ?? 1),
  // Ours computes attention in FP32; llama.cpp's default is half precision.
  flashAttention: false,
  experimentalKvCacheKeyType: "F32",
  experimentalKvCacheValueType: "F32"
});
const sequence = context.getSequence();

async function greedy({prompt, count}) {
  await sequence.clearHistory();
  const ids = [];
  let input = prompt;
  while (ids.length < count) {
    const last = [input.at(-1), {generateNext: {token: true, options: {temperature: 0}}}];
    const results = await sequence.controlledEvaluate([...input.slice(0, -1), last]);
    ids.push(results.at(-1).next.token);
    input = [ids.at(-1)];
  }
  return ids;
}

async function logprobs(ids) {
  await sequence.clearHistory();
  const input = ids.slice(0, -1).map((id) => [id, {generateNext: {probabilities: true}}]);
  const results = await sequence.controlledEvaluate(input);
  return results.map((result, i) => Math.log(result.next.probabilities.get(ids[i + 1])));
}

const answer = {greedy: [], logprobs: [], ids: [], chat: ""};
for (const one of request.greedy ?? []) {
  answer.greedy.push(await greedy(one));
}
for (const ids of request.sequences ?? []) {
  answer.logprobs.push(await logprobs(ids));
}
answer.ids = (request.texts ?? []).map((text) => Array.from(model.tokenize(text, false)));
answer.chat = model.fileInfo.metadata.tokenizer?.chat_template ?? "";
process.stdout.write(JSON.stringify(answer) + "\n");
process.exit(0);
