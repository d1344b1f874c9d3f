package dev.auspex.model;

import dev.auspex.config.ConfigException;

/// The widths and depths at which hyper-parameters were tuned; everything else is scaled from there
/// by maximal update parametrisation (Yang et al. 2022, arXiv 2203.03466).
///
/// @param baseDim width at which all multipliers are one
/// @param baseLayers depth at which the residual branches are added with weight one
public record Mup(int baseDim, int baseLayers) {
  public Mup {
    if (baseDim < 1) {
      throw new ConfigException("base_dim (" + baseDim + ") must be at least 1");
    }
    if (baseLayers < 1) {
      throw new ConfigException("base_layers (" + baseLayers + ") must be at least 1");
    }
  }
}
