package dev.multipod.ticket.database;

import dev.multipod.kit.problem.ProblemMappers;
import jakarta.ws.rs.core.Response;
import org.jboss.logging.Logger;
import org.jboss.resteasy.reactive.server.ServerExceptionMapper;

/// Lets a REST method end with [DatabaseAwayException].
public final class DatabaseAwayMapper {
  private static final Logger LOG = Logger.getLogger(DatabaseAwayMapper.class);

  @ServerExceptionMapper
  public Response away(DatabaseAwayException failure) {
    LOG.debugf("event=database-away cause=%s", failure.getMessage());
    return new ProblemMappers().problem(failure.problem());
  }
}
