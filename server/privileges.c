/* Giving up root: chown what dantind keeps, then groups, group, user. */
#include "server/privileges.h"

#include <errno.h>
#include <fts.h>
#include <grp.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static enum err give_folder(char *folder, uid_t user, gid_t group, bool is_vi, struct error *ret_error);

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
    char *folder = strdup(data_folder);
    if (folder == NULL) {
        return error_set(ret_error, ERR_NO_MEMORY, "%s", err_text(ERR_NO_MEMORY, language));
    }
    enum err err = give_folder(folder, uid, gid, is_vi, ret_error);
    free(folder);
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

/* Ownership of the folder and everything in it; links themselves, never what they point to. */
static enum err give_folder(char *folder, uid_t user, gid_t group, bool is_vi, struct error *ret_error)
{
    char *const paths[] = {folder, NULL};
    FTS *walk = fts_open(paths, FTS_PHYSICAL | FTS_NOCHDIR, NULL);
    FTSENT *entry;
    enum err err = ERR_OK;
    if (walk == NULL) {
        return error_set(ret_error, ERR_IO, is_vi ? "không đọc được thư mục %s" : "cannot read the folder %s",
                         folder);
    }
    while (err == ERR_OK && (entry = fts_read(walk)) != NULL) {
        if (entry->fts_info == FTS_DP) {
            continue; /* seen when it was entered */
        }
        if (entry->fts_level == 1 && strcmp(entry->fts_name, "ca") == 0) {
            (void)fts_set(walk, entry, FTS_SKIP); /* fails for no entry only */
            continue;
        }
        bool is_given = entry->fts_info != FTS_NS && entry->fts_statp->st_uid == user;
        if (!is_given && lchown(entry->fts_path, user, group) != 0 && errno != ENOENT) {
            err = error_set(ret_error, ERR_IO,
                            is_vi ? "không đổi được chủ của %s: %s" : "cannot give away %s: %s",
                            entry->fts_path, strerror(errno));
        }
    }
    (void)fts_close(walk);
    return err;
}
