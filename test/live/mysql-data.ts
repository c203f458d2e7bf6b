import type { MysqlServer } from "../bed/mysql.ts";

/** What a version has beyond the oldest. */
interface Features {
  readonly json: "native" | "text";
  readonly hasCheckAndInvisible: boolean;
  readonly hasSrid: boolean;
  readonly hasVector: boolean;
}

function featuresOf({ product, version }: MysqlServer): Features {
  const isMariadb = product === "mariadb";
  return {
    json: isMariadb ? "text" : "native",
    hasCheckAndInvisible: isMariadb || version === "9",
    hasSrid: !isMariadb && version !== "5.7",
    hasVector: version === "9" || version === "11.8",
  };
}

/**
 * A script that fills the current database with what a dump may stumble over, for the client program.
 * @param definer the account that routines, views, triggers and events belong to, as SQL writes it
 */
export function awkwardData(server: MysqlServer, definer: string): string {
  const features = featuresOf(server);
  return [
    "SET SESSION sql_mode = 'NO_AUTO_VALUE_ON_ZERO'; SET SESSION time_zone = '+05:30';",
    ...tables(features),
    ...(server.product === "mariadb" ? mariadbTables() : []),
    ...programs(definer),
    "",
  ].join("\n");
}

const everyByte = `x'${Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0")).join("")}'`;
const awkwardText = String.raw`it''s "quoted" \\ back\nslash \0 tab\t \r\n -- comment /* */ ;; \Z % _ $\{x} 😀 ☃ é`;

function tables({ hasCheckAndInvisible, hasSrid, hasVector, json }: Features): readonly string[] {
  return [
    `CREATE TABLE \`all types\` (
       id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY,
       ti TINYINT, tu TINYINT UNSIGNED, sm SMALLINT, me MEDIUMINT, i INT, bi BIGINT, zf INT(7) ZEROFILL, bo BOOLEAN,
       de DECIMAL(65,30), fl FLOAT, db DOUBLE, b1 BIT(1), b64 BIT(64),
       da DATE, tm TIME(6), dt DATETIME(6), ts TIMESTAMP(6) NULL, ye YEAR,
       ch CHAR(10), vc VARCHAR(255) COLLATE utf8mb4_bin, la VARCHAR(50) CHARACTER SET latin1, u16 VARCHAR(20) CHARACTER SET utf16,
       bn BINARY(16), vb VARBINARY(255), tt TINYTEXT, tx TEXT, mt MEDIUMTEXT, lt LONGTEXT,
       tb TINYBLOB, bl BLOB, mb MEDIUMBLOB, lb LONGBLOB,
       en ENUM('a', 'it''s', 'c,d', 'é'), st SET('x', 'y', 'z'), js JSON,
       ge GEOMETRY, po POINT, li LINESTRING, pg POLYGON, mp MULTIPOINT, gc GEOMETRYCOLLECTION
     ) DEFAULT CHARSET = utf8mb4 COMMENT = 'it''s "all" \`of\` them 😀'`,
    `INSERT INTO \`all types\` VALUES
       (0, -128, 255, -32768, 8388607, -2147483648, -9223372036854775808, 42, TRUE,
        -12345678901234567890123456789012345.123456789012345678901234567890, 1.5, -1.7976931348623157e308, b'1', b'${"10".repeat(32)}',
        '0000-00-00', '-838:59:59.000001', '0000-00-00 00:00:00', '2024-02-29 12:00:00.123456', 1901,
        'trail', '${awkwardText}', 'é', '😀', x'00ff', ${everyByte.slice(0, 200)}', '${awkwardText}', '${awkwardText}', '', '${awkwardText}',
        ${everyByte.slice(0, 300)}', ${everyByte}, '', ${everyByte},
        'it''s', 'x,z', '{"k": ["\\\\u2603", null, 1.5, {"nested": "it''s \\\\"q\\\\""}]}',
        ST_GeomFromText('POINT(1 2)'), ST_GeomFromText('POINT(-1.5 2.25)'), ST_GeomFromText('LINESTRING(0 0,1 1)'),
        ST_GeomFromText('POLYGON((0 0,0 1,1 1,0 0))'), ST_GeomFromText('MULTIPOINT(0 0,1 1)'), ST_GeomFromText('GEOMETRYCOLLECTION(POINT(1 1))'))`,
    `INSERT INTO \`all types\` (id) VALUES (18446744073709551614)`,
    // Text in a column whose character set is binary, which --hex-blob covers too.
    `CREATE TABLE \`we"ird 'na\`\`me ☃\` (\`co"l \`\`x --\` INT NOT NULL, \`group\` TEXT CHARACTER SET utf8mb4, UNIQUE KEY \`k' "\` (\`co"l \`\`x --\`))`,
    `INSERT INTO \`we"ird 'na\`\`me ☃\` VALUES (1, '${awkwardText}'), (2, NULL)`,
    `CREATE TABLE \`no rows\` (a INT DEFAULT 7, b VARCHAR(10) NOT NULL DEFAULT 'it''s', c TIMESTAMP DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP)`,
    `CREATE TABLE parent (id INT PRIMARY KEY, child_id INT)`,
    `CREATE TABLE \`a child\` (id INT PRIMARY KEY, parent_id INT NOT NULL, CONSTRAINT \`f k\` FOREIGN KEY (parent_id) REFERENCES parent (id) ON DELETE CASCADE)`,
    `ALTER TABLE parent ADD CONSTRAINT circle FOREIGN KEY (child_id) REFERENCES \`a child\` (id)`,
    `INSERT INTO parent VALUES (1, NULL), (2, NULL); INSERT INTO \`a child\` VALUES (1, 1); UPDATE parent SET child_id = 1 WHERE id = 2`,
    `CREATE TABLE ranged (id INT NOT NULL, y INT NOT NULL, PRIMARY KEY (id, y)) PARTITION BY RANGE (y) (PARTITION p0 VALUES LESS THAN (2000), PARTITION p1 VALUES LESS THAN MAXVALUE)`,
    `INSERT INTO ranged VALUES (1, 1999), (2, 2024)`,
    `CREATE TABLE listed (city VARCHAR(20) NOT NULL) DEFAULT CHARSET = utf8mb4 PARTITION BY LIST COLUMNS (city) (PARTITION p0 VALUES IN ('Ulm', 'it''s'), PARTITION p1 VALUES IN ('Oslo'))`,
    `INSERT INTO listed VALUES ('Ulm'), ('Oslo'), ('it''s')`,
    `CREATE TABLE hashed (id INT NOT NULL PRIMARY KEY, t TEXT, FULLTEXT KEY words (t)) DEFAULT CHARSET = utf8mb4`,
    `INSERT INTO hashed VALUES (1, 'some words')`,
    `CREATE TABLE computed (a INT, b INT GENERATED ALWAYS AS (a * 2) VIRTUAL, c VARCHAR(20) GENERATED ALWAYS AS (CONCAT('x', a)) STORED, d INT, KEY (c))`,
    `INSERT INTO computed (a, d) VALUES (1, 10), (NULL, NULL), (3, 30)`,
    `CREATE TABLE letters (a VARCHAR(9) DEFAULT 'é☃', b VARCHAR(20) AS (CONCAT(a, 'é☃😀')) VIRTUAL, c VARCHAR(20) AS (CONCAT(a, 'Ł')) STORED COMMENT '☃') DEFAULT CHARSET = utf8mb4 COMMENT '☃'`,
    `INSERT INTO letters (a) VALUES (DEFAULT), ('京都')`,
    `CREATE TABLE places (id INT PRIMARY KEY, p POINT NOT NULL${hasSrid ? " SRID 4326" : ""}, SPATIAL KEY (p))`,
    `INSERT INTO places VALUES (1, ST_GeomFromText('POINT(48 2)'${hasSrid ? ", 4326" : ""}))`,
    // 32 MiB in one row, which is 64 MiB in hexadecimal; and 8 MiB of four-byte letters.
    `CREATE TABLE huge (id INT PRIMARY KEY, data LONGBLOB, text LONGTEXT) DEFAULT CHARSET = utf8mb4`,
    `INSERT INTO huge VALUES (1, REPEAT(${everyByte}, 131072), NULL), (2, NULL, REPEAT('😀', 2097152))`,
    `CREATE TABLE bulk (id INT PRIMARY KEY AUTO_INCREMENT, noise VARCHAR(200)) DEFAULT CHARSET = utf8mb4`,
    `INSERT INTO bulk (noise) VALUES (SHA2(RAND(), 512))`,
    ...Array.from({ length: 12 }, () => `INSERT INTO bulk (noise) SELECT SHA2(RAND(), 512) FROM bulk`),
    ...(hasCheckAndInvisible
      ? [
          `CREATE TABLE newer (a INT CHECK (a > 0), secret INT INVISIBLE DEFAULT 5, b TEXT DEFAULT (CONCAT('x', 'y')), CONSTRAINT \`c k\` CHECK (a < 100), t VARCHAR(9) CHARACTER SET utf8mb4 DEFAULT (CONCAT('☃', 'é')) CHECK (t <> '京都')) DEFAULT CHARSET = utf8mb4`,
          `INSERT INTO newer (a, secret) VALUES (1, 42); INSERT INTO newer (a) VALUES (2)`,
        ]
      : []),
    ...(json === "native"
      ? [
          `CREATE TABLE js (j JSON, v INT GENERATED ALWAYS AS (j -> '$.a'), KEY (v)); INSERT INTO js (j) VALUES ('{"a": 5}')`,
        ]
      : []),
    ...(hasVector ? [vectorTable(json)] : []),
  ].map((statement) => `${statement};`);
}

function vectorTable(json: Features["json"]): string {
  const from = json === "native" ? "STRING_TO_VECTOR" : "VEC_FromText";
  return `CREATE TABLE vectors (id INT PRIMARY KEY, v VECTOR(3) NOT NULL); INSERT INTO vectors VALUES (1, ${from}('[1,2.5,-3]'))`;
}

function mariadbTables(): readonly string[] {
  return [
    "CREATE SEQUENCE `my seq` START WITH 100 INCREMENT BY 10;",
    "SELECT NEXTVAL(`my seq`), NEXTVAL(`my seq`);",
    "CREATE TABLE net (a INET6, u UUID, d INT DEFAULT (NEXTVAL(`my seq`)));",
    "INSERT INTO net (a, u) VALUES ('2001:db8::1', '123e4567-e89b-12d3-a456-426655440000'), (NULL, NULL);",
    "CREATE TABLE versioned (id INT PRIMARY KEY, v INT) WITH SYSTEM VERSIONING;",
    "INSERT INTO versioned VALUES (1, 1); UPDATE versioned SET v = 2; DELETE FROM versioned; INSERT INTO versioned VALUES (1, 3);",
  ];
}

function programs(definer: string): readonly string[] {
  return [
    `CREATE DEFINER = ${definer} VIEW \`z "last" view\` AS SELECT id, noise FROM bulk WHERE id > 1;`,
    // The first in the alphabet needs the last.
    `CREATE DEFINER = ${definer} VIEW \`a first\` AS SELECT id FROM \`z "last" view\` WHERE id < 5;`,
    `CREATE DEFINER = ${definer} SQL SECURITY INVOKER VIEW \`it's a view\` (\`c 1\`) AS SELECT CONCAT('é😀', noise) FROM bulk WHERE id < 3;`,
    "DELIMITER $$",
    `CREATE DEFINER = ${definer} FUNCTION \`an "answer"\`(p VARCHAR(20) CHARSET utf8mb4) RETURNS VARCHAR(50) CHARSET utf8mb4 DETERMINISTIC COMMENT 'it''s é' BEGIN DECLARE x INT DEFAULT 42; /* ; */ RETURN CONCAT(p, ' ; ☃ ', x); END$$`,
    `CREATE DEFINER = ${definer} PROCEDURE fill_up(IN n INT, OUT r INT) MODIFIES SQL DATA BEGIN DECLARE CONTINUE HANDLER FOR SQLEXCEPTION SET r = -1; INSERT INTO bulk (noise) VALUES ('it''s; -- no end'); SET r = n; END$$`,
    `CREATE DEFINER = ${definer} TRIGGER \`before 'it\` BEFORE INSERT ON parent FOR EACH ROW BEGIN IF NEW.child_id = -1 THEN SET NEW.child_id = NULL; END IF; END$$`,
    `CREATE DEFINER = ${definer} TRIGGER after_it AFTER UPDATE ON parent FOR EACH ROW SET @last = CONCAT(OLD.id, '☃')$$`,
    `CREATE DEFINER = ${definer} EVENT \`every "day"\` ON SCHEDULE EVERY 1 DAY STARTS '2038-01-01 03:00:00' ON COMPLETION PRESERVE DISABLE COMMENT 'it''s ☃' DO BEGIN DELETE FROM bulk WHERE id < 0; END$$`,
    "SET SESSION sql_mode = 'ANSI_QUOTES'$$",
    `CREATE DEFINER = ${definer} PROCEDURE ansi() SELECT "id" FROM "bulk"$$`,
    "SET SESSION sql_mode = ''$$",
    "DELIMITER ;",
  ];
}
