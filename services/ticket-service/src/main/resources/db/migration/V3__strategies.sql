-- Three more ways to sell, the end of an event, and lists. A sale that is not by the mutex gives the event
-- a new revision, so that a mutex sale which read before it reads again.

ALTER TABLE event
  ADD COLUMN opened  timestamptz NOT NULL DEFAULT clock_timestamp(),
  -- sold by numbered seats, and no other way, from the first such order on; what is free is in seat
  ADD COLUMN numbered boolean    NOT NULL DEFAULT false,
  -- being taken down, in steps: nobody sells, finds or opens it
  ADD COLUMN closing  boolean    NOT NULL DEFAULT false;

ALTER TABLE orders
  -- absent with seats: to know it, every sale would have to touch one row
  ALTER COLUMN remaining_after DROP NOT NULL,
  ADD COLUMN seat int,
  ADD COLUMN number bigint GENERATED ALWAYS AS IDENTITY;
CREATE UNIQUE INDEX orders_by_event ON orders (event, number);

CREATE TABLE seat (
  event  text    NOT NULL,
  number int     NOT NULL,
  taken  boolean NOT NULL DEFAULT false,
  PRIMARY KEY (event, number)
) WITH (fillfactor = 50);
CREATE INDEX seat_free ON seat (event, number) WHERE NOT taken;

CREATE OR REPLACE FUNCTION put_event(p_name text, p_stock int, p_think_ms bigint) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  e tickets.event;
  v_more int;
  v_gone int;
BEGIN
  INSERT INTO tickets.event (name, stock, remaining, think_ms) VALUES (p_name, p_stock, p_stock, p_think_ms)
  ON CONFLICT DO NOTHING;
  IF FOUND THEN
    RETURN 'created';
  END IF;
  SELECT * INTO e FROM tickets.event WHERE name = p_name FOR NO KEY UPDATE;
  IF NOT FOUND OR e.closing THEN
    RETURN 'closing';
  END IF;
  IF e.stock = p_stock AND e.think_ms = p_think_ms THEN
    RETURN 'unchanged';
  END IF;
  v_more := p_stock - e.stock;
  IF e.numbered THEN
    INSERT INTO tickets.seat (event, number) SELECT p_name, n FROM generate_series(e.stock + 1, p_stock) AS n;
    WITH surplus AS (
      SELECT number FROM tickets.seat WHERE event = p_name AND NOT taken
       ORDER BY number DESC LIMIT greatest(0, -v_more) FOR UPDATE)
    DELETE FROM tickets.seat s USING surplus WHERE s.event = p_name AND s.number = surplus.number;
    GET DIAGNOSTICS v_gone = ROW_COUNT;
    IF v_gone < -v_more THEN
      -- Undoes what this block did, and nothing else.
      RAISE SQLSTATE 'MP001';
    END IF;
    v_more := 0;
  ELSIF e.remaining + v_more < 0 THEN
    RETURN 'below-sold';
  END IF;
  UPDATE tickets.event
     SET stock = p_stock, remaining = e.remaining + v_more, think_ms = p_think_ms,
         revision = nextval('tickets.revisions')
   WHERE name = p_name;
  RETURN 'changed';
EXCEPTION WHEN SQLSTATE 'MP001' THEN
  RETURN 'below-sold';
END $$;

-- As before, but for an event that is being taken down or has numbered seats.
CREATE OR REPLACE FUNCTION sell_unprotected(
  p_event text, p_read int, p_pod text, p_strategy text, p_id uuid, p_key text, p_print text, p_buyer text,
  OUT o_outcome text, OUT o_order tickets.orders
) LANGUAGE plpgsql AS $$
BEGIN
  PERFORM 1 FROM tickets.event WHERE name = p_event AND NOT closing FOR NO KEY UPDATE;
  IF NOT FOUND THEN
    o_outcome := 'no-such-event';
    RETURN;
  END IF;
  SELECT * INTO o_order FROM tickets.orders WHERE event = p_event AND key = p_key;
  IF FOUND THEN
    o_outcome := CASE WHEN o_order.fingerprint = p_print THEN 'replayed' ELSE 'reused' END;
    RETURN;
  END IF;
  IF (SELECT numbered FROM tickets.event WHERE name = p_event) THEN
    o_outcome := 'numbered';
    RETURN;
  END IF;
  IF p_read <= 0 THEN
    o_outcome := 'sold-out';
    RETURN;
  END IF;
  INSERT INTO tickets.orders (id, event, key, fingerprint, buyer, strategy, remaining_after, pod)
  VALUES (p_id, p_event, p_key, p_print, p_buyer, p_strategy, p_read - 1, p_pod) RETURNING * INTO o_order;
  UPDATE tickets.event
     SET remaining = p_read - 1, sold = sold + 1,
         revision = CASE WHEN p_strategy = 'row' THEN nextval('tickets.revisions') ELSE revision END
   WHERE name = p_event;
  o_outcome := 'sold';
END $$;

-- The whole sale as one conditional update, and the order.
CREATE FUNCTION sell_atomic(
  p_event text, p_pod text, p_id uuid, p_key text, p_print text, p_buyer text,
  OUT o_outcome text, OUT o_order tickets.orders
) LANGUAGE plpgsql AS $$
DECLARE
  v_left int;
  v_numbered boolean;
BEGIN
  SELECT * INTO o_order FROM tickets.orders WHERE event = p_event AND key = p_key;
  IF NOT FOUND THEN
    UPDATE tickets.event
       SET remaining = remaining - 1, sold = sold + 1, revision = nextval('tickets.revisions')
     WHERE name = p_event AND remaining > 0 AND NOT closing AND NOT numbered RETURNING remaining INTO v_left;
    IF FOUND THEN
      INSERT INTO tickets.orders (id, event, key, fingerprint, buyer, strategy, remaining_after, pod)
      VALUES (p_id, p_event, p_key, p_print, p_buyer, 'atomic', v_left, p_pod)
      ON CONFLICT (event, key) DO NOTHING RETURNING * INTO o_order;
      IF FOUND THEN
        o_outcome := 'sold';
        RETURN;
      END IF;
      -- The same key was faster: its ticket is enough.
      UPDATE tickets.event SET remaining = remaining + 1, sold = sold - 1 WHERE name = p_event;
    END IF;
    SELECT * INTO o_order FROM tickets.orders WHERE event = p_event AND key = p_key;
  END IF;
  IF o_order.id IS NOT NULL THEN
    o_outcome := CASE WHEN o_order.fingerprint = p_print THEN 'replayed' ELSE 'reused' END;
    RETURN;
  END IF;
  SELECT numbered INTO v_numbered FROM tickets.event WHERE name = p_event AND NOT closing;
  o_outcome := CASE WHEN NOT FOUND THEN 'no-such-event' WHEN v_numbered THEN 'numbered' ELSE 'sold-out' END;
END $$;

-- What is left of an event becomes numbered seats. Returns numbered, also when it was before.
CREATE FUNCTION number_seats(p_event text, p_most int) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  e tickets.event;
BEGIN
  SELECT * INTO e FROM tickets.event WHERE name = p_event AND NOT closing FOR NO KEY UPDATE;
  IF NOT FOUND THEN
    RETURN 'no-such-event';
  END IF;
  IF e.numbered THEN
    RETURN 'numbered';
  END IF;
  IF e.remaining > p_most THEN
    RETURN 'too-many-seats';
  END IF;
  INSERT INTO tickets.seat (event, number)
  SELECT p_event, n FROM generate_series(e.stock - e.remaining + 1, e.stock) AS n;
  UPDATE tickets.event SET numbered = true, remaining = 0, revision = nextval('tickets.revisions') WHERE name = p_event;
  RETURN 'numbered';
END $$;

-- Takes any free seat that nobody else is taking: no row is touched by all. Nobody waits for a row while holding
-- another: a row that turns out to be taken when its lock is had stays locked until the end, so a wait could go round
-- in a circle. When all free seats are in the hands of others, who may yet let go, the outcome is busy: ask again.
CREATE FUNCTION sell_seat(
  p_event text, p_pod text, p_id uuid, p_key text, p_print text, p_buyer text, p_most int,
  OUT o_outcome text, OUT o_order tickets.orders
) LANGUAGE plpgsql AS $$
DECLARE
  v_seat int;
  v_numbered boolean;
BEGIN
  SELECT * INTO o_order FROM tickets.orders WHERE event = p_event AND key = p_key;
  IF NOT FOUND THEN
    SELECT number INTO v_seat FROM tickets.seat WHERE event = p_event AND NOT taken
     ORDER BY number LIMIT 1 FOR UPDATE SKIP LOCKED;
    IF NOT FOUND THEN
      SELECT numbered INTO v_numbered FROM tickets.event WHERE name = p_event AND NOT closing;
      IF v_numbered IS NOT TRUE THEN
        o_outcome := tickets.number_seats(p_event, p_most);
        IF o_outcome <> 'numbered' THEN
          RETURN;
        END IF;
        SELECT number INTO v_seat FROM tickets.seat WHERE event = p_event AND NOT taken
         ORDER BY number LIMIT 1 FOR UPDATE SKIP LOCKED;
      END IF;
    END IF;
    IF v_seat IS NOT NULL THEN
      INSERT INTO tickets.orders (id, event, key, fingerprint, buyer, strategy, seat, pod)
      VALUES (p_id, p_event, p_key, p_print, p_buyer, 'seats', v_seat, p_pod)
      ON CONFLICT (event, key) DO NOTHING RETURNING * INTO o_order;
      IF FOUND THEN
        UPDATE tickets.seat SET taken = true WHERE event = p_event AND number = v_seat;
        o_outcome := 'sold';
        RETURN;
      END IF;
    END IF;
    SELECT * INTO o_order FROM tickets.orders WHERE event = p_event AND key = p_key;
  END IF;
  o_outcome := CASE
    WHEN o_order.id IS NOT NULL AND o_order.fingerprint = p_print THEN 'replayed'
    WHEN o_order.id IS NOT NULL THEN 'reused'
    WHEN EXISTS (SELECT 1 FROM tickets.seat WHERE event = p_event AND NOT taken) THEN 'busy'
    ELSE 'sold-out' END;
END $$;

-- One step of taking an event down, of at most p_most rows; returns gone when it was the last.
CREATE FUNCTION close_event(p_name text, p_most int) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  v_rows int;
BEGIN
  UPDATE tickets.event SET closing = true, remaining = 0, revision = nextval('tickets.revisions') WHERE name = p_name;
  IF NOT FOUND THEN
    RETURN 'gone';
  END IF;
  -- Seats first: a sale that holds one is waited for, and its order is then there to be deleted.
  DELETE FROM tickets.seat
   WHERE event = p_name AND number IN (SELECT number FROM tickets.seat WHERE event = p_name LIMIT p_most);
  GET DIAGNOSTICS v_rows = ROW_COUNT;
  IF v_rows = p_most THEN
    RETURN 'more';
  END IF;
  DELETE FROM tickets.orders
   WHERE event = p_name AND number IN (SELECT number FROM tickets.orders WHERE event = p_name LIMIT p_most);
  GET DIAGNOSTICS v_rows = ROW_COUNT;
  IF v_rows = p_most THEN
    RETURN 'more';
  END IF;
  DELETE FROM tickets.event WHERE name = p_name;
  RETURN 'gone';
END $$;

-- For the retention; this kind of index costs the hand-over nothing.
CREATE INDEX tenure_by_end ON tenure USING brin (ended_at);
