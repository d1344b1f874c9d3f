package dev.auspex.serve;

import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.auspex.io.UserException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.URLDecoder;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Function;
import java.util.zip.GZIPOutputStream;

/// A web server for read-only pages: each path has a function from its query to a reply.
///
/// It has no users and no passwords. At a loopback address it answers only requests that name that
/// address, so that no page of another site can read it by rebinding a name.
public final class WebServer implements AutoCloseable {
  private static final int COMPRESS_FROM_BYTES = 2048;
  private static final String ONLY_OURS =
      "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self';"
          + " img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

  private final HttpServer server;
  private final ExecutorService threads;
  private final Map<String, Function<Map<String, String>, Reply>> pages;
  private final boolean loopback;

  /// What a page answers.
  ///
  /// @param status HTTP status
  /// @param type media type
  /// @param body the content
  public record Reply(int status, String type, byte[] body) {
    /// 200 with text in UTF-8.
    static Reply of(String type, String text) {
      return new Reply(200, type, text.getBytes(StandardCharsets.UTF_8));
    }

    static Reply error(int status, String line) {
      byte[] body = (line + "\n").getBytes(StandardCharsets.UTF_8);
      return new Reply(status, "text/plain; charset=utf-8", body);
    }
  }

  private WebServer(
      HttpServer server,
      Map<String, Function<Map<String, String>, Reply>> pages,
      boolean loopback) {
    this.server = server;
    this.pages = new TreeMap<>(pages);
    this.loopback = loopback;
    threads = Executors.newVirtualThreadPerTaskExecutor();
  }

  /// Starts serving.
  ///
  /// @param host address to bind, such as `127.0.0.1`
  /// @param port 0 for any free one
  /// @param pages by path
  public static WebServer start(
      String host, int port, Map<String, Function<Map<String, String>, Reply>> pages) {
    try {
      InetAddress address = InetAddress.getByName(host);
      HttpServer http = HttpServer.create(new InetSocketAddress(address, port), 0);
      WebServer server = new WebServer(http, pages, address.isLoopbackAddress());
      http.setExecutor(server.threads);
      http.createContext("/", server::answer);
      http.start();
      return server;
    } catch (UnknownHostException _) {
      throw new ServeException("host (" + host + ") must be an address of this machine");
    } catch (IOException e) {
      throw new ServeException(
          "port (%s:%d) must be free to serve at (%s); 0 takes any free port"
              .formatted(host, port, e.getMessage()));
    }
  }

  /// Where it serves, such as `http://127.0.0.1:7070/`.
  public URI uri() {
    InetSocketAddress address = server.getAddress();
    String host = address.getAddress().getHostAddress();
    String shown = host.contains(":") ? "[" + host.replaceFirst("%.*", "") + "]" : host;
    return URI.create("http://" + shown + ":" + address.getPort() + "/");
  }

  /// Stops at once.
  @Override
  public void close() {
    server.stop(0);
    threads.shutdownNow();
  }

  private void answer(HttpExchange exchange) throws IOException {
    try (exchange) {
      boolean head = exchange.getRequestMethod().equals("HEAD");
      Reply reply = reply(exchange);
      Headers headers = exchange.getResponseHeaders();
      headers.set("Content-Type", reply.type());
      headers.set("Cache-Control", "no-store");
      headers.set("X-Content-Type-Options", "nosniff");
      headers.set("Referrer-Policy", "no-referrer");
      headers.set("Content-Security-Policy", ONLY_OURS);
      byte[] body = encoded(exchange, reply.body());
      exchange.sendResponseHeaders(reply.status(), head ? -1 : body.length);
      if (!head) {
        exchange.getResponseBody().write(body);
      }
    }
  }

  private Reply reply(HttpExchange exchange) {
    String method = exchange.getRequestMethod();
    if (!method.equals("GET") && !method.equals("HEAD")) {
      exchange.getResponseHeaders().set("Allow", "GET, HEAD");
      return Reply.error(405, "only GET is answered here");
    }
    if (loopback && !namesLoopback(exchange.getRequestHeaders().getFirst("Host"))) {
      return Reply.error(403, "ask for 127.0.0.1 or localhost; no other name is answered here");
    }
    var page = pages.get(exchange.getRequestURI().getPath());
    if (page == null) {
      return Reply.error(404, "no such page; there are " + String.join(", ", pages.keySet()));
    }
    try {
      return page.apply(query(exchange.getRequestURI().getRawQuery()));
    } catch (UserException e) {
      return Reply.error(400, e.getMessage());
    } catch (RuntimeException e) { // the JDK's server would drop the connection without a word
      return Reply.error(500, "this is a bug of Auspex: " + e);
    }
  }

  private static boolean namesLoopback(@org.jspecify.annotations.Nullable String host) {
    String name = host == null ? "" : host.replaceFirst(":\\d+$", "");
    return name.equals("localhost") || name.matches("127(\\.\\d+){3}") || name.equals("[::1]");
  }

  private static Map<String, String> query(@org.jspecify.annotations.Nullable String raw) {
    Map<String, String> query = new HashMap<>();
    if (raw != null) {
      for (String pair : raw.split("&")) {
        String[] sides = pair.split("=", 2);
        if (sides.length == 2) {
          query.put(decoded(sides[0]), decoded(sides[1]));
        }
      }
    }
    return query;
  }

  private static String decoded(String text) {
    try {
      return URLDecoder.decode(text, StandardCharsets.UTF_8);
    } catch (IllegalArgumentException _) {
      throw new ServeException("query (" + text + ") must be percent-encoded UTF-8");
    }
  }

  private static byte[] encoded(HttpExchange exchange, byte[] body) throws IOException {
    String accepted = exchange.getRequestHeaders().getFirst("Accept-Encoding");
    if (body.length < COMPRESS_FROM_BYTES || accepted == null || !accepted.contains("gzip")) {
      return body;
    }
    exchange.getResponseHeaders().set("Content-Encoding", "gzip");
    exchange.getResponseHeaders().set("Vary", "Accept-Encoding");
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (GZIPOutputStream gzip = new GZIPOutputStream(out)) {
      gzip.write(body);
    }
    return out.toByteArray();
  }
}
