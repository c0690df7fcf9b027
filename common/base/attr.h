/* Compiler attributes, wrapped once so that the rest of the tree stays plain C17. */
#ifndef COMMON_BASE_ATTR_H
#define COMMON_BASE_ATTR_H

#if defined(__GNUC__) || defined(__clang__)
#define MUST_CHECK __attribute__((warn_unused_result))
#define PRINTF_LIKE(format_index, first_index) __attribute__((format(printf, format_index, first_index)))
#define NO_RETURN __attribute__((noreturn))
#define UNUSED __attribute__((unused))
#else
#define MUST_CHECK
#define PRINTF_LIKE(format_index, first_index)
#define NO_RETURN
#define UNUSED
#endif

#endif
