import com.jayway.jsonpath.Configuration;
import com.jayway.jsonpath.JsonPath;
import com.jayway.jsonpath.PathNotFoundException;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import net.minidev.json.JSONObject;
import net.minidev.json.JSONValue;
import org.apache.velocity.VelocityContext;
import org.apache.velocity.app.VelocityEngine;
import org.apache.velocity.app.event.EventCartridge;
import org.apache.velocity.app.event.ReferenceInsertionEventHandler;

/**
 * Renders mapping templates with Apache Velocity and Jayway JsonPath, as AWS documents $input and
 * $context. Reads one case per line from stdin, and writes one result per line to stdout.
 *
 * <p>https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-mapping-template-reference.html
 */
public class Harness {

  /** The variable $input; Velocity calls its methods by name. */
  public static class Input {
    private final String body;
    private final Map<String, Object> params;

    Input(String body, Map<String, Object> params) {
      this.body = body;
      this.params = params;
    }

    public Object path(String path) {
      try {
        return JsonPath.parse(body.isEmpty() ? "{}" : body).read(path);
      } catch (PathNotFoundException error) {
        return null;
      }
    }

    public String json(String path) {
      Object found = path(path);
      if (found == null) {
        return "\"\"";
      }
      String list = Configuration.defaultConfiguration().jsonProvider().toJson(List.of(found));
      return list.substring(1, list.length() - 1);
    }

    public Object params(String name) {
      return params.getOrDefault(name, "");
    }
  }

  static JSONObject render(VelocityEngine engine, Map<String, Object> given) {
    Map<String, Object> override = new HashMap<>(Map.of("header", new HashMap<>()));
    Map<String, Object> context = object(given, "context");
    context.put("responseOverride", override);
    VelocityContext variables = new VelocityContext();
    variables.put("input", new Input((String) given.get("body"), object(given, "params")));
    variables.put("context", context);
    EventCartridge handlers = new EventCartridge();
    handlers.addEventHandler(
        (ReferenceInsertionEventHandler) (reference, value) -> value == null ? "" : value);
    handlers.attachToContext(variables);
    JSONObject result = new JSONObject();
    try {
      StringWriter text = new StringWriter();
      engine.evaluate(variables, text, "template", (String) given.get("template"));
      result.put("text", text.toString());
      result.put("status", override.get("status"));
      result.put("header", override.get("header"));
    } catch (RuntimeException error) {
      result.put("error", error.toString());
    }
    return result;
  }

  @SuppressWarnings("unchecked")
  static Map<String, Object> object(Map<String, Object> given, String name) {
    return (Map<String, Object>) given.get(name);
  }

  @SuppressWarnings("unchecked")
  public static void main(String[] arguments) throws Exception {
    VelocityEngine engine = new VelocityEngine();
    engine.setProperty(
        "runtime.log.logsystem.class", "org.apache.velocity.runtime.log.NullLogChute");
    engine.init();
    PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
    BufferedReader in =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (String line = in.readLine(); line != null; line = in.readLine()) {
      out.println(render(engine, (Map<String, Object>) JSONValue.parse(line)).toJSONString());
    }
  }
}
