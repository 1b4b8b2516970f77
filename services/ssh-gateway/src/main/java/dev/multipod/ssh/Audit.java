package dev.multipod.ssh;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.multipod.ssh.target.Target;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jboss.logging.Logger;

/// One line for each call that went to a target: who, where, what, how it ended; no secret. The
/// line is JSON after its prefix, so that nothing a caller names can forge another line.
@ApplicationScoped
public class Audit {
  private static final Logger LOG = Logger.getLogger("dev.multipod.ssh.audit");

  private final ObjectMapper json;

  Audit(ObjectMapper json) {
    this.json = json;
  }

  /// Writes the line.
  ///
  /// @param what `exec`, `cancel`, `get`, `put`
  /// @param details in the order they are to be read
  public void line(String what, String caller, Target target, Map<String, ?> details) {
    Map<String, Object> members = new LinkedHashMap<>();
    members.put("event", "ssh-" + what);
    members.put("caller", caller);
    members.put("target", target.name());
    members.put("user", target.user());
    members.putAll(details);
    try {
      LOG.info("audit " + json.writeValueAsString(members));
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e);
    }
  }
}
