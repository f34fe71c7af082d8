"""SQLite: schema by migrations, and the queries. The ground floor."""
