/// The report of a run: a web page, a Markdown file, and the evidence behind each number.
///
/// Reads the files of the run folder and nothing else; what is not there is listed as missing,
/// never made up. Formats read: `forecast.json`, `score.json`, `result.json` and `manifest.json`
/// (one
/// JSON object each), `ladder.jsonl`, `metrics.jsonl` and `samples.jsonl` (one object a line),
/// `ledger.json` or `data/ledger.json`, `config.yaml` as text. Format written: `evidence.json` with
/// `files` (name, SHA-256), `claims` (words, value, file, JSON pointer; in a file of lines the
/// first part of the pointer is the line from 0), `pages` (name, SHA-256) and `missing`.
@org.jspecify.annotations.NullMarked
package dev.auspex.report;
