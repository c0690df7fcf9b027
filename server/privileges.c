/* Giving up root: chown what dantind keeps, then groups, group, user. */
#include "server/privileges.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FOLDER_DEPTH_MAX = 32 };

struct giving {
    uid_t user;
    gid_t group;
};

static bool give(const struct giving *giving, int folder, const char *name, unsigned depth);
static bool give_inside(const struct giving *giving, int folder, unsigned depth);

enum err privileges_drop(const char *user, const char *data_folder, enum language language,
                         struct error *ret_error)
{
    bool is_vi = language == LANGUAGE_VI;
    (void)umask(077); /* cannot fail */
    if (geteuid() != 0) {
        return ERR_OK;
    }
    const struct passwd *entry = getpwnam(user);
    if (entry == NULL) {
        return error_set(
            ret_error, ERR_NOT_FOUND,
            is_vi ? "chưa có người dùng hệ thống \"%s\"; hãy chạy: useradd --system --shell "
                    "/usr/sbin/nologin %s, hoặc chọn người dùng khác bằng --user"
                  : "there is no system user \"%s\"; run: useradd --system --shell /usr/sbin/nologin %s, "
                    "or choose another one with --user",
            user, user);
    }
    uid_t uid = entry->pw_uid;
    gid_t gid = entry->pw_gid;
    if (uid == 0) {
        return error_set(ret_error, ERR_FORBIDDEN,
                         is_vi ? "dantind không chạy dưới tên root; hãy chọn --user khác"
                               : "dantind does not run as root; choose another --user");
    }
    enum err err = privileges_give_folder(data_folder, uid, gid, language, ret_error);
    if (err != ERR_OK) {
        return err;
    }
    if (initgroups(user, gid) != 0 || setgid(gid) != 0 || setuid(uid) != 0 || setuid(0) == 0) {
        return error_set(ret_error, ERR_FORBIDDEN,
                         is_vi ? "không chuyển được sang người dùng %s" : "cannot become %s", user);
    }
    if (access(data_folder, R_OK | W_OK | X_OK) != 0) {
        return error_set(
            ret_error, ERR_FORBIDDEN,
            is_vi ? "người dùng %s không vào được thư mục %s (%s); hãy chọn thư mục như /var/lib/dantin"
                  : "user %s cannot reach the folder %s (%s); choose one such as /var/lib/dantin",
            user, data_folder, strerror(errno));
    }
    return ERR_OK;
}

enum err privileges_give_folder(const char *folder, uid_t user, gid_t group, enum language language,
                                struct error *ret_error)
{
    const struct giving giving = {user, group};
    int opened = open(folder, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    bool is_given = opened >= 0 && fchown(opened, user, group) == 0 && give_inside(&giving, opened, 0);
    int reason = errno;
    if (opened >= 0) {
        (void)close(opened); /* it was only read */
    }
    return is_given ? ERR_OK
                    : error_set(ret_error, ERR_IO,
                                language == LANGUAGE_VI ? "không đổi được chủ của %s: %s"
                                                        : "cannot give away %s: %s",
                                folder, strerror(reason));
}

/* A name of an open folder, and what is below it. */
static bool give(const struct giving *giving, int folder, const char *name, unsigned depth)
{
    struct stat found;
    if (fstatat(folder, name, &found, AT_SYMLINK_NOFOLLOW) != 0) {
        return errno == ENOENT; /* gone meanwhile */
    }
    if (!S_ISDIR(found.st_mode)) {
        return found.st_uid == giving->user ||
               fchownat(folder, name, giving->user, giving->group, AT_SYMLINK_NOFOLLOW) == 0 ||
               errno == ENOENT;
    }
    int opened = openat(folder, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (opened < 0) {
        return errno == ENOENT;
    }
    bool is_given =
        fchown(opened, giving->user, giving->group) == 0 && give_inside(giving, opened, depth + 1);
    int reason = errno;
    (void)close(opened); /* it was only read */
    errno = reason;
    return is_given;
}

static bool give_inside(const struct giving *giving, int folder, unsigned depth)
{
    int copy = depth < FOLDER_DEPTH_MAX ? fcntl(folder, F_DUPFD_CLOEXEC, 0) : -1;
    DIR *entries = copy >= 0 ? fdopendir(copy) : NULL;
    bool is_given = entries != NULL;
    if (depth == FOLDER_DEPTH_MAX) {
        errno = ELOOP;
    }
    for (const struct dirent *entry = NULL; is_given && (entry = readdir(entries)) != NULL;) {
        bool is_kept = strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0 ||
                       (depth == 0 && strcmp(entry->d_name, "ca") == 0);
        is_given = is_kept || give(giving, folder, entry->d_name, depth);
    }
    int reason = errno;
    if (entries != NULL) {
        (void)closedir(entries); /* closes the copy */
    }
    errno = reason;
    return is_given;
}
