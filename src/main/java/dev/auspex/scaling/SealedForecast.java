package dev.auspex.scaling;

import java.util.Map;

/// One entry of the register: a forecast that can no longer be changed unnoticed.
///
/// @param seal SHA-256 over all other fields, the previous seal included
/// @param previous seal of the entry before; 64 zeros for the first
/// @param time when it was sealed, UTC
/// @param target name of the target run
/// @param targetConfigSha256 hash of the target's `config.yaml`
/// @param inputs hashes of what the forecast was made from, by name
/// @param code version of Auspex
/// @param forecast the prediction
public record SealedForecast(
    String seal,
    String previous,
    String time,
    String target,
    String targetConfigSha256,
    Map<String, String> inputs,
    String code,
    Forecast forecast) {}
