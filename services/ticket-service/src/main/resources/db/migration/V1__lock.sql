-- The lock: one row a lock, a queue, a history. The rules that must hold under concurrency live here,
-- in functions that are one autocommit call each, so that no client can stall inside them.
--
-- Lock order: lk (one name), then lkw. Nothing that holds an lkw row waits for an lk row.
-- Time is clock_timestamp(): now() is the transaction's start, and a wait for a row lock would eat the lease.

CREATE TABLE lk (
  name       text PRIMARY KEY,
  token      bigint      NOT NULL DEFAULT 0,
  owner      uuid,
  pod        text,
  -- false between the grant to a waiter and that waiter's answer
  claimed    boolean     NOT NULL DEFAULT false,
  expires_at timestamptz NOT NULL DEFAULT '-infinity',
  -- Makes the token part of a key: FOR KEY SHARE then lets a renewal pass and makes a take-over wait.
  UNIQUE (name, token)
) WITH (fillfactor = 50);

CREATE TABLE lkw (
  ticket      bigint GENERATED ALWAYS AS IDENTITY,
  name        text        NOT NULL,
  owner       uuid        NOT NULL,
  pod         text        NOT NULL,
  since       timestamptz NOT NULL DEFAULT clock_timestamp(),
  alive_until timestamptz NOT NULL,
  PRIMARY KEY (name, ticket),
  UNIQUE (name, owner)
) WITH (fillfactor = 70);

CREATE TABLE tenure (
  name       text        NOT NULL,
  token      bigint      NOT NULL,
  ticket     bigint      NOT NULL,
  owner      uuid        NOT NULL,
  pod        text        NOT NULL,
  granted_at timestamptz NOT NULL,
  ended_at   timestamptz,
  -- released, expired (taken over), left (the caller had gone before it could be told)
  how        text,
  PRIMARY KEY (name, token)
) WITH (fillfactor = 80);

CREATE FUNCTION milliseconds(p_ms bigint) RETURNS interval LANGUAGE sql IMMUTABLE
RETURN p_ms * interval '1 millisecond';

-- How long a waiter has to answer a grant before the next one gets it.
CREATE FUNCTION claim_window() RETURNS interval LANGUAGE sql IMMUTABLE
RETURN interval '500 milliseconds';

CREATE FUNCTION channel(p_pod text) RETURNS text LANGUAGE sql IMMUTABLE
RETURN 'tickets_' || md5(p_pod);

-- Ends the tenure and starts that of the head of the queue. The caller holds lk FOR NO KEY UPDATE.
-- Tells the new owner's pod, unless it is p_caller, who learns it from its own call.
CREATE FUNCTION grant_next(p_name text, p_caller uuid, p_how text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  l tickets.lk;
  w tickets.lkw;
BEGIN
  -- Waits for a fenced write under way, before any clock is read.
  SELECT * INTO l FROM tickets.lk WHERE name = p_name FOR UPDATE;
  IF l.owner IS NOT NULL THEN
    UPDATE tickets.tenure SET ended_at = clock_timestamp(), how = p_how
     WHERE name = p_name AND token = l.token;
  END IF;
  DELETE FROM tickets.lkw WHERE name = p_name AND alive_until <= clock_timestamp();
  DELETE FROM tickets.lkw
   WHERE name = p_name
     AND ticket = (SELECT ticket FROM tickets.lkw WHERE name = p_name ORDER BY ticket LIMIT 1)
  RETURNING * INTO w;
  IF NOT FOUND THEN
    UPDATE tickets.lk SET owner = NULL, pod = NULL, claimed = false, expires_at = '-infinity'
     WHERE name = p_name;
    RETURN;
  END IF;
  UPDATE tickets.lk
     SET token = l.token + 1, owner = w.owner, pod = w.pod, claimed = false,
         expires_at = clock_timestamp() + tickets.claim_window()
   WHERE name = p_name;
  INSERT INTO tickets.tenure (name, token, ticket, owner, pod, granted_at)
  VALUES (p_name, l.token + 1, w.ticket, w.owner, w.pod, clock_timestamp());
  IF p_caller IS DISTINCT FROM w.owner THEN
    PERFORM pg_notify(tickets.channel(w.pod), p_name || ' ' || w.owner);
  END IF;
END $$;

-- Repeatable. Takes a place in the queue or keeps it, and the lock when it is free and this owner is first.
-- o_outcome: granted; held (was this owner's already; the lease is extended); queued; busy (not to queue); full.
CREATE FUNCTION acquire(
  p_name text, p_owner uuid, p_pod text, p_ttl_ms bigint, p_alive_ms bigint, p_limit int, p_queue boolean,
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

-- A lease that ran out and was not taken over is still its owner's.
CREATE FUNCTION renew(p_name text, p_token bigint, p_owner uuid, p_ttl_ms bigint) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
  PERFORM 1 FROM tickets.lk WHERE name = p_name AND token = p_token AND owner = p_owner FOR NO KEY UPDATE;
  IF NOT FOUND THEN
    RETURN false;
  END IF;
  UPDATE tickets.lk SET claimed = true, expires_at = clock_timestamp() + tickets.milliseconds(p_ttl_ms)
   WHERE name = p_name;
  RETURN true;
END $$;

-- Returns how long it was held, in milliseconds; NULL when it is no longer this owner's.
CREATE FUNCTION release(p_name text, p_token bigint, p_owner uuid) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
  v_granted timestamptz;
BEGIN
  PERFORM 1 FROM tickets.lk WHERE name = p_name AND token = p_token AND owner = p_owner FOR NO KEY UPDATE;
  IF NOT FOUND THEN
    RETURN NULL;
  END IF;
  PERFORM tickets.grant_next(p_name, NULL, 'released');
  SELECT granted_at INTO v_granted FROM tickets.tenure WHERE name = p_name AND token = p_token;
  RETURN coalesce(extract(epoch FROM clock_timestamp() - v_granted) * 1000, 0);
END $$;

-- The caller has gone: its place is free, and so is the lock if it was granted meanwhile and not claimed.
CREATE FUNCTION leave(p_name text, p_owner uuid) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  l tickets.lk;
BEGIN
  SELECT * INTO l FROM tickets.lk WHERE name = p_name FOR NO KEY UPDATE;
  DELETE FROM tickets.lkw WHERE name = p_name AND owner = p_owner;
  IF l.owner = p_owner AND NOT l.claimed THEN
    PERFORM tickets.grant_next(p_name, NULL, 'left');
  END IF;
END $$;

-- Keeps the places of a pod's waiters. Skips rows that a grant is taking: it never waits while it holds rows.
CREATE FUNCTION keep_places(p_names text[], p_owners uuid[], p_alive_ms bigint) RETURNS void LANGUAGE sql AS $$
  UPDATE tickets.lkw SET alive_until = clock_timestamp() + tickets.milliseconds(p_alive_ms)
   WHERE (name, ticket) IN (
     SELECT w.name, w.ticket
       FROM unnest(p_names, p_owners) AS mine (name, owner)
       JOIN tickets.lkw w ON w.name = mine.name AND w.owner = mine.owner
        FOR UPDATE OF w SKIP LOCKED);
$$;

-- The poll beside the notifications: grants what ran out, and returns those of a pod's waiters who
-- are due, being the owner now or having lost their place. One row with a NULL name counts the take-overs.
CREATE FUNCTION look(p_names text[], p_owners uuid[]) RETURNS TABLE (o_name text, o_owner uuid, o_taken_over int)
LANGUAGE plpgsql AS $$
DECLARE
  v_name text;
  v_taken int := 0;
BEGIN
  FOR v_name IN
    SELECT l.name FROM tickets.lk l
     WHERE l.name = ANY (p_names) AND l.expires_at <= clock_timestamp()
     ORDER BY l.name
       FOR NO KEY UPDATE SKIP LOCKED
  LOOP
    -- The row is locked now; whether it is still expired is asked again, with the time of now.
    IF EXISTS (SELECT 1 FROM tickets.lk WHERE name = v_name AND expires_at <= clock_timestamp()) THEN
      v_taken := v_taken + (SELECT count(owner) FROM tickets.lk WHERE name = v_name)::int;
      PERFORM tickets.grant_next(v_name, NULL, 'expired');
    END IF;
  END LOOP;
  RETURN QUERY SELECT NULL::text, NULL::uuid, v_taken;
  RETURN QUERY
    SELECT mine.name, mine.owner, 0
      FROM unnest(p_names, p_owners) AS mine (name, owner)
     WHERE EXISTS (SELECT 1 FROM tickets.lk l WHERE l.name = mine.name AND l.owner = mine.owner)
        OR NOT EXISTS (SELECT 1 FROM tickets.lkw w WHERE w.name = mine.name AND w.owner = mine.owner);
END $$;
