-- What a dump may stumble over. Run by psql as a database's owner, who is no superuser.
SELECT current_setting('server_version_num')::int >= 140000 AS since_14,
       current_setting('server_version_num')::int >= 150000 AS since_15,
       current_setting('server_version_num')::int >= 180000 AS since_18 \gset

CREATE EXTENSION hstore;
CREATE EXTENSION citext;
COMMENT ON EXTENSION citext IS 'ours';

CREATE SCHEMA "odd ""schema.with dot";
COMMENT ON SCHEMA "odd ""schema.with dot" IS E'two\nlines; -- and ''quotes''';
ALTER DEFAULT PRIVILEGES IN SCHEMA "odd ""schema.with dot" GRANT SELECT ON TABLES TO PUBLIC;
ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;

-- Types of every kind.
CREATE TYPE mood AS ENUM ('sad', 'it''s fine', E'a\\nb', 'émoji ☃');
CREATE DOMAIN positive AS int CHECK (VALUE > 0);
CREATE DOMAIN shout AS text NOT NULL DEFAULT 'A' CHECK (VALUE = upper(VALUE));
CREATE TYPE pair AS (a int, "b c" text);
CREATE TYPE floatrange AS RANGE (subtype = float8, subtype_diff = float8mi);
CREATE COLLATION "by byte" (provider = libc, locale = 'C');

CREATE TABLE everything (
  id int GENERATED ALWAYS AS IDENTITY (START 7 INCREMENT 3) PRIMARY KEY,
  small smallint, big bigint, exact numeric, exact_2 numeric(10, 2), single real, double double precision,
  price money, flag boolean, fixed char(5), varying varchar(10), words text COLLATE "by byte", name name,
  bytes bytea, day date, clock time, clock_tz timetz, moment timestamp, moment_tz timestamptz, span interval,
  bits bit(5), var_bits bit varying, uid uuid, plain_json json, binary_json jsonb, path jsonpath, markup xml,
  vector tsvector, query tsquery, point point, line line, segment lseg, box box, way path, shape polygon, circle circle,
  host inet, net cidr, mac macaddr, mac8 macaddr8, ints int4range, bigs int8range, nums numrange, days daterange,
  moments tsrange, moments_tz tstzrange, floats floatrange, mood mood, positive positive, shout shout, pair pair,
  list text[], grid int[][], pairs pair[], moods mood[], map hstore, folded citext, snapshot pg_lsn, class regclass,
  twice bigint GENERATED ALWAYS AS (big * 2) STORED
);
INSERT INTO everything (shout) VALUES ('ALL THE REST IS NULL');
INSERT INTO everything OVERRIDING SYSTEM VALUE VALUES (
  -5, -32768, 4611686018427387903, 'NaN', -12345678.90, 'Infinity', 1.7976931348623157e308,
  -1234.56, false, 'ab', 'ünïcödé', E'tab\t newline\n return\r backslash \\ null-ish \\N end-ish \\. émoji 🐘', 'name',
  (SELECT decode(string_agg(lpad(to_hex(byte), 2, '0'), '' ORDER BY byte), 'hex') FROM generate_series(0, 255) AS byte),
  'infinity', '24:00:00', '12:00:00.000001-15:59', '-infinity', '4713-01-01 00:00:00+00 BC', '-1 year 2 days -03:04:05.678',
  B'10101', B'', '00000000-0000-0000-0000-00000000000f', '{"a" :  1, "a": 2}', '{"nested": [1, null, "\u2603"]}', '$.a[*] ? (@ > 1)',
  '<a b="1">text &amp; more</a>', 'fat:1A cat:2,3', 'fat & !cat <-> rat', '(1,-2)', '{1,2,3}', '[(0,0),(1,1)]', '(1,1),(0,0)',
  '[(0,0),(1,1),(2,0)]', '((0,0),(1,1),(2,0))', '<(1,2),3>', '::ffff:1.2.3.4/96', '10.1.0.0/16', '08:00:2b:01:02:03',
  '08:00:2b:01:02:03:04:05', '[1,5)', 'empty', '(,1.5]', '[2024-02-29,infinity)', '[2024-01-01,2024-01-02)', '(,)', '[1.5,2.5]',
  E'a\\nb', 1, 'LOUD', ROW(1, 'quote " and comma, and \ '), ARRAY['a', NULL, 'c"d', '', '{', E'\\'], '[0:1][2:3]={{1,2},{3,4}}',
  ARRAY[ROW(1, NULL)::pair, NULL], ARRAY['sad', 'émoji ☃']::mood[], '"k=>"=>"v", n=>NULL', 'FoLdEd', '16/B374D848', 'pg_class', DEFAULT
);
CREATE TABLE moments_at_the_ends AS
  SELECT unnest(ARRAY['infinity', '-infinity', '294276-12-31 23:59:59.999999+00', 'epoch']::timestamptz[]) AS at,
         unnest(ARRAY['NaN', 'Infinity', '-Infinity', '-0']::float8[]) AS number;
\if :since_14
  CREATE TABLE many_ranges (r int4multirange, f nummultirange, c text COMPRESSION pglz);
  INSERT INTO many_ranges VALUES ('{[1,3),[5,8)}', '{}', repeat('x', 10000)), (NULL, '{(,)}', NULL);
\endif
\if :since_18
  CREATE TABLE computed (a int, b int GENERATED ALWAYS AS (a * 2) VIRTUAL, CONSTRAINT "a is there" NOT NULL a NOT VALID);
  INSERT INTO computed VALUES (1), (2);
\endif

-- Names, empty things and a row of 32 MiB.
CREATE TABLE "odd ""schema.with dot"."Table.of 'names'
and a newline" ("column ""with quotes""" int, "select" text, "tab	in it" text, "$1" text DEFAULT '$1', "ünï" text);
INSERT INTO "odd ""schema.with dot"."Table.of 'names'
and a newline" VALUES (1, 'COMMIT;', E'\t', DEFAULT, '\.');
COMMENT ON COLUMN "odd ""schema.with dot"."Table.of 'names'
and a newline"."select" IS 'it''s a comment; ROLLBACK;';
CREATE TABLE no_rows (id int PRIMARY KEY);
CREATE TABLE no_columns ();
INSERT INTO no_columns DEFAULT VALUES;
INSERT INTO no_columns DEFAULT VALUES;
CREATE UNLOGGED TABLE unlogged_rows AS SELECT 1 AS one;
CREATE TABLE huge (id int, content text);
INSERT INTO huge VALUES (1, repeat(E'0123456789\t\\\n☃ä', 1864136));
INSERT INTO huge VALUES (2, 'after it');

-- Keys, also in a circle, constraints and indexes.
CREATE TABLE hen (id int PRIMARY KEY, egg int NOT NULL, season daterange, EXCLUDE USING gist (season WITH &&));
CREATE TABLE egg (id int PRIMARY KEY, hen int NOT NULL REFERENCES hen ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED);
ALTER TABLE hen ADD FOREIGN KEY (egg) REFERENCES egg DEFERRABLE INITIALLY DEFERRED;
BEGIN;
INSERT INTO hen SELECT i, i, daterange(date '2024-01-01' + i, date '2024-01-01' + i + 1) FROM generate_series(1, 100) AS i;
INSERT INTO egg SELECT i, i FROM generate_series(1, 100) AS i;
COMMIT;
ALTER TABLE egg ADD CONSTRAINT "not yet" CHECK (id < 50) NOT VALID;
CREATE INDEX ON egg (hen) INCLUDE (id) WHERE hen > 5;
CREATE UNIQUE INDEX ON egg ((id * 2), (hen::text) COLLATE "C" DESC NULLS LAST);
CREATE INDEX ON everything USING gin (binary_json jsonb_path_ops);
CREATE STATISTICS hens (dependencies) ON id, egg FROM hen;
ALTER TABLE hen CLUSTER ON hen_pkey;
ALTER TABLE hen SET (fillfactor = 70);
ALTER TABLE hen ALTER egg SET STATISTICS 500;
ALTER TABLE huge ALTER content SET STORAGE EXTERNAL;
ALTER TABLE egg REPLICA IDENTITY FULL;
\if :since_15
  CREATE TABLE nulls (a int UNIQUE NULLS NOT DISTINCT);
\endif

-- Partitions and inheritance.
CREATE TABLE measures (at date NOT NULL, region text, value numeric) PARTITION BY RANGE (at);
CREATE TABLE measures_2024 PARTITION OF measures FOR VALUES FROM ('2024-01-01') TO ('2025-01-01') PARTITION BY LIST (region);
CREATE TABLE measures_2024_north PARTITION OF measures_2024 FOR VALUES IN ('north', NULL);
CREATE TABLE measures_2024_rest PARTITION OF measures_2024 DEFAULT;
CREATE TABLE measures_rest (region text, at date NOT NULL, value numeric);
ALTER TABLE measures ATTACH PARTITION measures_rest DEFAULT;
CREATE INDEX ON measures (region, at);
INSERT INTO measures SELECT date '2023-12-01' + i, (ARRAY['north', 'south', NULL])[1 + i % 3], i FROM generate_series(0, 499) AS i;
CREATE TABLE hashed (id int PRIMARY KEY) PARTITION BY HASH (id);
CREATE TABLE hashed_0 PARTITION OF hashed FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE TABLE hashed_1 PARTITION OF hashed FOR VALUES WITH (MODULUS 2, REMAINDER 1);
INSERT INTO hashed SELECT generate_series(1, 100);
CREATE TABLE parent (id serial, note text DEFAULT 'parent');
CREATE TABLE child (extra int, note text DEFAULT 'child') INHERITS (parent);
INSERT INTO parent (note) VALUES ('of the parent');
INSERT INTO child (extra) VALUES (1);

-- Sequences.
CREATE SEQUENCE downwards AS smallint INCREMENT -5 MINVALUE -100 MAXVALUE 50 START 50 CACHE 3 CYCLE;
SELECT nextval('downwards'), nextval('downwards') \g /dev/null
CREATE SEQUENCE "never called" START 42;

-- Views, functions, triggers, rules.
CREATE VIEW "a view" WITH (security_barrier) AS SELECT id, egg FROM hen WHERE id > 5 WITH CHECK OPTION;
CREATE VIEW over_a_view AS SELECT count(*) AS n FROM "a view";
CREATE RECURSIVE VIEW counting (n) AS SELECT 1 UNION ALL SELECT n + 1 FROM counting WHERE n < 5;
CREATE MATERIALIZED VIEW seen AS SELECT region, sum(value) AS total FROM measures GROUP BY region;
CREATE UNIQUE INDEX ON seen (region);
CREATE MATERIALIZED VIEW never_seen AS SELECT 1 AS one WITH NO DATA;
CREATE FUNCTION answer(OUT a int, INOUT b text DEFAULT 'x') LANGUAGE sql IMMUTABLE AS 'SELECT 42, b; -- COMMIT;';
CREATE FUNCTION note_it() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS $body$
BEGIN
  /* $$ ; \. */
  NEW.note := coalesce(NEW.note, '') || ' noted';
  RETURN NEW;
END
$body$;
CREATE PROCEDURE do_nothing(INOUT x int) LANGUAGE plpgsql AS $$ BEGIN COMMIT; END $$;
CREATE AGGREGATE product(numeric) (SFUNC = numeric_mul, STYPE = numeric, INITCOND = '1');
CREATE OPERATOR === (LEFTARG = int, RIGHTARG = int, FUNCTION = int4eq, COMMUTATOR = ===);
\if :since_14
  CREATE FUNCTION atomic(x int) RETURNS int LANGUAGE sql BEGIN ATOMIC SELECT x + count(*)::int FROM hen; END;
\endif
CREATE TRIGGER noting BEFORE INSERT OR UPDATE OF note ON parent FOR EACH ROW EXECUTE FUNCTION note_it();
CREATE CONSTRAINT TRIGGER later AFTER INSERT ON parent DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION note_it();
CREATE TRIGGER asleep BEFORE INSERT ON child FOR EACH ROW WHEN (NEW.extra > 1) EXECUTE FUNCTION note_it();
ALTER TABLE child DISABLE TRIGGER asleep;
CREATE RULE instead AS ON DELETE TO no_rows DO INSTEAD NOTHING;
COMMENT ON FUNCTION note_it() IS 'notes';
COMMENT ON TRIGGER noting ON parent IS 'on the trigger';
CREATE TEXT SEARCH CONFIGURATION ours (COPY = simple);
ALTER TEXT SEARCH CONFIGURATION ours ALTER MAPPING FOR word WITH english_stem, simple;

-- Rights, policies, publications, large objects.
ALTER TABLE hashed ENABLE ROW LEVEL SECURITY;
CREATE POLICY odd ON hashed AS RESTRICTIVE FOR SELECT TO PUBLIC USING (id % 2 = 1);
GRANT SELECT (id), UPDATE (egg) ON hen TO PUBLIC;
REVOKE ALL ON no_rows FROM "shop owner";
GRANT SELECT ON no_rows TO "shop owner" WITH GRANT OPTION;
CREATE PUBLICATION hens_and_eggs FOR TABLE hen, egg WITH (publish = 'insert');
SELECT lo_from_bytea(4242, decode(repeat('00ff0a5c', 50000), 'hex')), lo_from_bytea(4243, '') \g /dev/null
COMMENT ON LARGE OBJECT 4242 IS 'large';
GRANT SELECT ON LARGE OBJECT 4242 TO PUBLIC;
