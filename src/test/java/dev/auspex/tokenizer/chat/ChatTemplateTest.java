package dev.auspex.tokenizer.chat;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.auspex.io.Json;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import tools.jackson.databind.JsonNode;

/// Texts that are expected were written by Jinja 3.1.6 as Transformers sets it (`trim_blocks`,
/// `lstrip_blocks`).
class ChatTemplateTest {
  private static JsonNode cases() throws IOException {
    try (InputStream in = ChatTemplateTest.class.getResourceAsStream("/chat_templates.json")) {
      return Json.MAPPER.readTree(in);
    }
  }

  private static Map<String, Object> variables(JsonNode tree) {
    List<Map<String, Object>> messages = new ArrayList<>();
    for (JsonNode message : tree.get("messages")) {
      messages.add(
          Map.of(
              "role",
              message.get("role").asString(),
              "content",
              message.get("content").asString()));
    }
    return Map.of(
        "messages",
        messages,
        "add_generation_prompt",
        true,
        "bos_token",
        "<s>",
        "eos_token",
        "</s>");
  }

  @Test
  void templatesGiveWhatJinjaGives() throws IOException {
    JsonNode tree = cases();
    for (JsonNode one : tree.get("cases")) {
      assertEquals(
          one.get("text").asString(),
          ChatTemplate.parse(one.get("template").asString()).render(variables(tree)),
          one.get("name").asString());
    }
  }

  private static String refusal(String source) {
    return assertThrows(
            ChatTemplateException.class,
            () -> ChatTemplate.parse(source).render(Map.of("text", "abc")))
        .getMessage();
  }

  @Test
  void whatCannotBeFollowedIsToldInOneLine() {
    assertTrue(refusal("{% macro x() %}{% endmacro %}").contains("{% macro %}"));
    assertTrue(refusal("{{ text | shuffle }}").contains("filter 'shuffle'"));
    assertTrue(refusal("{{ text.__class__() }}").contains("method '__class__'"));
    assertTrue(refusal("{% if text %}x").contains("{% endif %}"));
    assertTrue(refusal("{{ text").contains("}}"));
    assertTrue(refusal("{{ 'text }}").contains("'"));
    assertTrue(refusal("{{ raise_exception('no\nlist') }}").contains("no list"));
    assertTrue(refusal("{{ missing.member }}").contains("member"));
    assertTrue(refusal("{{ 1 // 0 }}").contains("zero"));
    assertTrue(refusal("{{ 'a' + 1 }}").contains("text"));
  }

  @Test
  @Timeout(20)
  void templatesOfStrangersComeToAnEnd() {
    assertTrue(refusal("{{ " + "(".repeat(5000) + " }}").contains("nested"));
    assertTrue(refusal("{% if 1 %}".repeat(5000)).contains("nested"));
    assertTrue(refusal("{{ " + "- ".repeat(5000) + "1 }}").contains("nested"));
    assertTrue(refusal("{{ " + "not ".repeat(5000) + "1 }}").contains("nested"));
    assertTrue(refusal("{% for i in range(1000000000) %}x{% endfor %}").contains("less often"));
    String nested = "{% for i in range(99999) %}".repeat(3) + "x" + "{% endfor %}".repeat(3);
    assertTrue(refusal(nested).contains("end"));
    String doubling =
        "{% set n = namespace(t='aaaaaaaa') %}{% for i in range(99) %}{% set n.t = n.t + n.t %}{% endfor %}";
    assertTrue(refusal(doubling).contains("write less"));
  }

  @Test
  @Timeout(60)
  void aThousandDamagedTemplatesAreReadOrRefused() throws IOException {
    JsonNode tree = cases();
    Map<String, Object> variables = variables(tree);
    int refused = 0;
    for (int seed = 0; seed < 1000; seed++) {
      SplittableRandom random = new SplittableRandom(seed);
      JsonNode one = tree.get("cases").get(random.nextInt(tree.get("cases").size()));
      StringBuilder text = new StringBuilder(one.get("template").asString());
      for (int i = random.nextInt(1, 5); i > 0; i--) {
        int at = random.nextInt(text.length());
        switch (random.nextInt(3)) {
          case 0 -> text.deleteCharAt(at);
          case 1 -> text.setCharAt(at, "{}%|'.[]()-#".charAt(random.nextInt(12)));
          default -> text.insert(at, text.substring(at, Math.min(text.length(), at + 9)));
        }
      }
      try {
        ChatTemplate.parse(text.toString()).render(variables);
      } catch (ChatTemplateException e) {
        refused++;
        assertEquals(1, String.valueOf(e.getMessage()).lines().count());
      }
    }
    assertTrue(refused > 250, "refused " + refused);
  }
}
