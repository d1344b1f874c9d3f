/// What Auspex answers over HTTP: the live page of runs and their numbers for Prometheus.
///
/// It reads run folders and nothing else, so it sees runs of other processes as well and never
/// touches a model. Requests run on virtual threads.
@org.jspecify.annotations.NullMarked
package dev.auspex.serve;
