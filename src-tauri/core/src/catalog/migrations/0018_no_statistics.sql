-- Statistics of a moment choose bad indexes later: without them, the choice depends
-- only on the query, see catalog/plans.rs.
DROP TABLE IF EXISTS sqlite_stat1;
DROP TABLE IF EXISTS sqlite_stat4;
