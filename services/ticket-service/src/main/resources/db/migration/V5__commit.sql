-- Which of the lock's changes wait for the disk: those alone that somebody is told, who may hold on to them for longer
-- than this database lives. That is a grant that is claimed, and a renewal. The others are committed at once and reach
-- the disk a moment later, at the latest with the next claim or sale, since the log is written in its order. So a token
-- that anybody was told is never given again, and an order that was acknowledged has its grant on the disk before it.
--
-- What a crash in that moment undoes: a release (the lock is free when its lease runs out), a place in the queue (its
-- owner's poll finds out and asks again), a grant that nobody was told.
--
-- Why: the row of the lock is held until the commit is done. A caller who only queues, or a renewal of places, would
-- make the holder's release wait for the disk, and a release the next one's grant.

CREATE FUNCTION commit_without_waiting() RETURNS void LANGUAGE sql AS $$
  SELECT set_config('synchronous_commit', 'off', true);
$$;

-- As before, but for how it commits. p_told: whether the token goes to somebody outside. A sale of this service's own
-- is fenced by token and owner, and it is the sale that is acknowledged.
DROP FUNCTION acquire(text, uuid, text, bigint, bigint, int, boolean);
CREATE FUNCTION acquire(
  p_name text, p_owner uuid, p_pod text, p_ttl_ms bigint, p_alive_ms bigint, p_limit int, p_queue boolean,
  p_told boolean DEFAULT true,
  OUT o_outcome text, OUT o_token bigint, OUT o_left_ms bigint, OUT o_position int, OUT o_took_over boolean,
  OUT o_holder uuid, OUT o_holder_pod text
) LANGUAGE plpgsql AS $$
DECLARE
  l tickets.lk;
  v_ticket bigint;
BEGIN
  o_took_over := false;
  SELECT * INTO l FROM tickets.lk WHERE name = p_name FOR NO KEY UPDATE;
  IF NOT FOUND THEN
    INSERT INTO tickets.lk (name) VALUES (p_name) ON CONFLICT DO NOTHING;
    SELECT * INTO l FROM tickets.lk WHERE name = p_name FOR NO KEY UPDATE;
  END IF;
  IF l.owner = p_owner THEN
    o_outcome := CASE WHEN l.claimed THEN 'held' ELSE 'granted' END;
  ELSE
    UPDATE tickets.lkw SET pod = p_pod, alive_until = clock_timestamp() + tickets.milliseconds(p_alive_ms)
     WHERE name = p_name AND owner = p_owner RETURNING ticket INTO v_ticket;
    IF NOT FOUND THEN
      IF p_limit <= (SELECT count(*) FROM (SELECT 1 FROM tickets.lkw WHERE name = p_name LIMIT p_limit) q) THEN
        o_outcome := 'full';
        PERFORM tickets.commit_without_waiting();
        RETURN;
      END IF;
      INSERT INTO tickets.lkw (name, owner, pod, alive_until)
      VALUES (p_name, p_owner, p_pod, clock_timestamp() + tickets.milliseconds(p_alive_ms))
      RETURNING ticket INTO v_ticket;
    END IF;
    IF l.owner IS NULL OR l.expires_at <= clock_timestamp() THEN
      o_took_over := l.owner IS NOT NULL;
      PERFORM tickets.grant_next(p_name, p_owner, 'expired');
      SELECT * INTO l FROM tickets.lk WHERE name = p_name;
      IF l.owner = p_owner THEN
        o_outcome := 'granted';
      END IF;
    END IF;
  END IF;
  IF o_outcome IS NULL OR NOT p_told THEN
    PERFORM tickets.commit_without_waiting();
  END IF;
  IF o_outcome IS NOT NULL THEN
    UPDATE tickets.lk SET claimed = true, expires_at = clock_timestamp() + tickets.milliseconds(p_ttl_ms)
     WHERE name = p_name;
    o_token := l.token;
    o_left_ms := p_ttl_ms;
    RETURN;
  END IF;
  o_position := (SELECT count(*) FROM tickets.lkw WHERE name = p_name AND ticket <= v_ticket);
  o_holder := l.owner;
  o_holder_pod := l.pod;
  o_left_ms := greatest(0, extract(epoch FROM l.expires_at - clock_timestamp()) * 1000);
  IF p_queue THEN
    o_outcome := 'queued';
  ELSE
    o_outcome := 'busy';
    DELETE FROM tickets.lkw WHERE name = p_name AND ticket = v_ticket;
  END IF;
END $$;

-- As before, but for how they commit.
CREATE OR REPLACE FUNCTION release(p_name text, p_token bigint, p_owner uuid) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
  v_granted timestamptz;
BEGIN
  PERFORM tickets.commit_without_waiting();
  PERFORM 1 FROM tickets.lk WHERE name = p_name AND token = p_token AND owner = p_owner FOR NO KEY UPDATE;
  IF NOT FOUND THEN
    RETURN NULL;
  END IF;
  PERFORM tickets.grant_next(p_name, NULL, 'released');
  SELECT granted_at INTO v_granted FROM tickets.tenure WHERE name = p_name AND token = p_token;
  RETURN coalesce(extract(epoch FROM clock_timestamp() - v_granted) * 1000, 0);
END $$;

CREATE OR REPLACE FUNCTION leave(p_name text, p_owner uuid) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  l tickets.lk;
BEGIN
  PERFORM tickets.commit_without_waiting();
  SELECT * INTO l FROM tickets.lk WHERE name = p_name FOR NO KEY UPDATE;
  DELETE FROM tickets.lkw WHERE name = p_name AND owner = p_owner;
  IF l.owner = p_owner AND NOT l.claimed THEN
    PERFORM tickets.grant_next(p_name, NULL, 'left');
  END IF;
END $$;

CREATE OR REPLACE FUNCTION keep_places(p_names text[], p_owners uuid[], p_alive_ms bigint) RETURNS void LANGUAGE sql AS $$
  SELECT tickets.commit_without_waiting();
  UPDATE tickets.lkw SET alive_until = clock_timestamp() + tickets.milliseconds(p_alive_ms)
   WHERE (name, ticket) IN (
     SELECT w.name, w.ticket
       FROM unnest(p_names, p_owners) AS mine (name, owner)
       JOIN tickets.lkw w ON w.name = mine.name AND w.owner = mine.owner
        FOR UPDATE OF w SKIP LOCKED);
$$;

-- As before, but that the lock is handed on by the same commit: a tenure of a sale is one read, one think and one write.
CREATE OR REPLACE FUNCTION sell(
  p_lock text, p_token bigint, p_owner uuid, p_event text, p_revision bigint, p_read int, p_pod text,
  p_strategy text, p_ids uuid[], p_keys text[], p_prints text[], p_buyers text[]
) RETURNS TABLE (o_index int, o_outcome text, o_order tickets.orders) LANGUAGE plpgsql AS $$
DECLARE
  v_old tickets.orders[];
  v_sold int;
BEGIN
  -- First what may be waited for: who sells by `row` holds the event while it thinks, and nobody who wants to
  -- queue for the lock should wait for that. Whoever locks both does so here, so the order harms nobody.
  PERFORM 1 FROM tickets.event WHERE name = p_event AND revision = p_revision FOR NO KEY UPDATE;
  IF NOT FOUND THEN
    RETURN QUERY SELECT 0, 'changed', NULL::tickets.orders;
    RETURN;
  END IF;
  -- The fence: a statement of its own, so that it sees what was committed while the event was waited for, and at once
  -- as strong as the hand-over needs it, for to ask for more later would be a deadlock with a take-over.
  PERFORM 1 FROM tickets.lk WHERE name = p_lock AND token = p_token AND owner = p_owner FOR UPDATE;
  IF NOT FOUND THEN
    RETURN QUERY SELECT 0, 'fenced', NULL::tickets.orders;
    RETURN;
  END IF;
  SELECT coalesce(array_agg(found.o), '{}') INTO v_old
    FROM unnest(p_keys) AS k
   CROSS JOIN LATERAL (SELECT o FROM tickets.orders o WHERE o.event = p_event AND o.key = k LIMIT 1) AS found;
  RETURN QUERY
    SELECT i::int, CASE WHEN o.fingerprint = p_prints[i] THEN 'replayed' ELSE 'reused' END, o::tickets.orders
      FROM unnest(v_old) AS o CROSS JOIN LATERAL array_position(p_keys, o.key) AS i;
  RETURN QUERY
    WITH new AS (
      SELECT i, row_number() OVER (ORDER BY i) AS nth
        FROM generate_subscripts(p_keys, 1) AS i
       WHERE p_keys[i] <> ALL (SELECT o.key FROM unnest(v_old) AS o)
    ), bought AS (
      INSERT INTO tickets.orders (id, event, key, fingerprint, buyer, strategy, token, remaining_after, pod)
      SELECT p_ids[i], p_event, p_keys[i], p_prints[i], p_buyers[i], p_strategy, p_token, p_read - nth, p_pod
        FROM new WHERE nth <= p_read ORDER BY nth
      RETURNING orders
    )
    SELECT array_position(p_keys, (b.orders).key), 'sold', b.orders FROM bought b
    UNION ALL
    SELECT new.i, 'sold-out', NULL::tickets.orders FROM new WHERE nth > p_read;
  v_sold := least(p_read, cardinality(p_keys) - cardinality(v_old));
  IF v_sold > 0 THEN
    UPDATE tickets.event SET remaining = p_read - v_sold, sold = sold + v_sold WHERE name = p_event;
  END IF;
  PERFORM tickets.grant_next(p_lock, NULL, 'released');
END $$;
