-- What anybody but an owner may do in this database, one line a thing and a role; whatever is granted to PUBLIC stands as
-- "everybody". A thing that nobody else may touch has a line that says so. What an extension brings is its own.

-- name: grants
WITH ours AS (
  SELECT n.oid FROM pg_namespace n WHERE n.nspname <> 'information_schema' AND n.nspname NOT LIKE 'pg\_%%'
),
of_extensions AS (
  SELECT objid FROM pg_depend WHERE deptype = 'e'
),
things AS (
  SELECT 'database' AS kind, 'this one'::text AS name, d.datdba AS owner,
         coalesce(d.datacl, acldefault('d', d.datdba)) AS acl, NULL::text AS col
  FROM pg_database d WHERE d.datname = current_database()
  UNION ALL
  SELECT 'schema', n.nspname::text, n.nspowner, coalesce(n.nspacl, acldefault('n', n.nspowner)), NULL
  FROM pg_namespace n WHERE n.oid IN (SELECT oid FROM ours)
  UNION ALL
  SELECT CASE c.relkind WHEN 'S' THEN 'sequence' WHEN 'v' THEN 'view' WHEN 'm' THEN 'view' ELSE 'table' END,
         c.oid::regclass::text, c.relowner,
         coalesce(c.relacl, acldefault(CASE c.relkind WHEN 'S' THEN 's'::"char" ELSE 'r' END, c.relowner)), NULL
  FROM pg_class c WHERE c.relnamespace IN (SELECT oid FROM ours) AND c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S')
    AND c.oid NOT IN (SELECT objid FROM of_extensions)
  UNION ALL
  SELECT 'table', c.oid::regclass::text, c.relowner, a.attacl, a.attname
  FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
  WHERE c.relnamespace IN (SELECT oid FROM ours) AND a.attacl IS NOT NULL AND NOT a.attisdropped
  UNION ALL
  SELECT CASE WHEN p.prosecdef THEN 'function with its owner''s rights' ELSE 'function' END,
         p.oid::regprocedure::text, p.proowner, coalesce(p.proacl, acldefault('f', p.proowner)), NULL
  FROM pg_proc p WHERE p.pronamespace IN (SELECT oid FROM ours) AND p.oid NOT IN (SELECT objid FROM of_extensions)
  UNION ALL
  SELECT 'made later', d.defaclobjtype::text, d.defaclrole, d.defaclacl, NULL FROM pg_default_acl d
),
granted AS (
  SELECT t.kind, t.name, t.col, g.privilege_type || CASE WHEN g.is_grantable THEN ' with grant option' ELSE '' END AS what,
         CASE WHEN g.grantee = 0 THEN 'everybody'
              WHEN pg_get_userbyid(g.grantee) = session_user THEN 'the login'
              ELSE pg_get_userbyid(g.grantee) END AS who
  FROM things t, LATERAL aclexplode(t.acl) g
  WHERE g.grantee <> t.owner
),
worded AS (
  SELECT kind, name, who, what || coalesce(' (' || string_agg(col, ', ' ORDER BY col) || ')', '') AS what
  FROM granted GROUP BY kind, name, who, what, col IS NULL
)
SELECT kind || ' ' || name || ': ' || who || ' ' || string_agg(what, ', ' ORDER BY what)
FROM worded GROUP BY kind, name, who
UNION
SELECT kind || ' ' || name || ': nobody' FROM things t
WHERE NOT EXISTS (SELECT FROM granted g WHERE (g.kind, g.name) = (t.kind, t.name))
