package dev.auspex;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.auspex.io.Json;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;
import tools.jackson.databind.JsonNode;

/// The files of `deploy/` are read by their own tools' readers and start commands that exist.
class DeployTest {
  private static final Path DEPLOY = Path.of("deploy");

  @Test
  void thePyTorchJobStartsWorkersThatResumeAfterALoss() throws Exception {
    Object yaml = // with its anchors resolved
        new Load(LoadSettings.builder().build())
            .loadFromString(Files.readString(DEPLOY.resolve("pytorchjob.yaml")));
    JsonNode job = Json.MAPPER.valueToTree(yaml);
    assertEquals("kubeflow.org/v1", job.get("apiVersion").asString());
    for (String kind : List.of("Master", "Worker")) {
      JsonNode replica = job.get("spec").get("pytorchReplicaSpecs").get(kind);
      assertEquals("ExitCode", replica.get("restartPolicy").asString());
      JsonNode container = replica.at("/template/spec/containers/0");
      assertEquals("pytorch", container.get("name").asString(), "the operator looks for this name");
      assertEquals("train", container.get("command").get(1).asString());
    }
  }

  @Test
  void theSlurmScriptIsSoundShell() throws Exception {
    Process check =
        new ProcessBuilder("bash", "-n", DEPLOY.resolve("slurm.sh").toString())
            .redirectErrorStream(true)
            .start();
    String said = new String(check.getInputStream().readAllBytes());
    assertEquals(0, check.waitFor(), said);
    String text = Files.readString(DEPLOY.resolve("slurm.sh"));
    for (String name : List.of("RANK", "WORLD_SIZE", "MASTER_ADDR", "MASTER_PORT")) {
      assertTrue(text.contains(name + "="), name);
    }
  }
}
