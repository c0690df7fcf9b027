/* Files compiled into a program by embed() of CMakeLists.txt. Rank 0. Static memory. */
#ifndef COMMON_BASE_EMBED_H
#define COMMON_BASE_EMBED_H

struct embedded_file {
    const char *path;        /* relative to the folder embedded, '/' between parts; NULL after the last */
    const unsigned char *at; /* len bytes and a NUL */
    unsigned long len;
};

extern const struct embedded_file embedded_sql[]; /* sql/: "migrations/0001_roles.sql" ... (server) */
extern const unsigned long embedded_sql_count;
extern const struct embedded_file embedded_client_sql[]; /* sql/: "client/schema.sql" ... (client) */
extern const unsigned long embedded_client_sql_count;
extern const struct embedded_file embedded_reference[]; /* data/reference/: "localities.csv" ... (client) */
extern const unsigned long embedded_reference_count;

#endif
