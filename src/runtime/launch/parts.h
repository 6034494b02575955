/* parts.h - what the steps of a plan are made of: one kernel facility a file, shared by hold.c and
 * child.c. Inside launch/ only. All return 0 (or an fd) or a negative errno; those that can say
 * more than the step's name and the errno call launch_fail first. */
#ifndef LAUNCH_PARTS_H
#define LAUNCH_PARTS_H

#include "runtime/launch/launch.h"

/* dir.c: the directories that paths are relative to, in the mount namespace that we are in now */
int launch_dir(struct launch *l, unsigned dir);
void launch_dirs_moved(struct launch *l); /* we entered another mount namespace */

/* root.c: inside the container's root file system, whatever lies there */
int launch_root_open(int root, const char *path, uint64_t flags, bool strict);
/* An O_PATH fd of path, made with all missing parents (0755) if it is not there. type: S_IFDIR or
 * S_IFREG. */
int launch_root_make(int root, const char *path, uint64_t type, bool strict);

/* proc.c: through the private procfs */
int launch_proc_open(void);
bool launch_is_proc(int fd); /* it lies in a procfs */
int launch_proc_write(int proc, const char *dir, const char *name, const char *value);
/* How fd `fd` of this process is called below `proc`, for calls that only take paths. */
void launch_proc_fd(char name[32], int fd);
uint64_t launch_proc_start(int proc, int pid); /* field 22 of PID/stat, 0: gone */

/* cgroup.c */
int launch_cgroup_make(const char *dir);
int launch_cgroup_copy(const char *dir, const char *file);
int launch_cgroup_write(const char *dir, const char *file, const char *value, size_t len);
int launch_cgroup_devices(const char *dir, const void *program, size_t len);
int launch_cgroup_enter(const char *dir, const char *file);

/* namespace.c */
int launch_unshare(struct launch *l, uint64_t flags);
int launch_join(const char *path, uint64_t flags);
int launch_loopback_up(void);

/* resolver.c: does nothing when the sockets are open, or when there is no such file */
int launch_resolver(struct launch *l, unsigned dir, const char *file, uint64_t avoid);

/* peer.c: other containers, by id */
/* All that the steps from `from` on name; closed again by the parent. */
int launch_peers_open(struct launch *l, unsigned from);
void launch_peers_close(struct launch *l);
int launch_peer(struct launch *l, const char *id); /* a pidfd, lent */
int launch_join_peer(struct launch *l, const char *id, uint64_t flags);

/* overlay.c; launch_overlay is in launch.h */
int launch_bind_root(struct launch *l, const struct plan_step *step);

/* mount.c */
int launch_attach(int tree, int target);
int launch_propagation(const char *path, uint64_t flags);
int launch_tree_new(struct launch *l, const struct plan_step *step);
int launch_tree_clone(struct launch *l, const struct plan_step *step);
int launch_tree_peer(struct launch *l, const char *id, const char *path);
int launch_tree_node(struct launch *l, const char *path, const uint64_t n[4]);
int launch_root_node(struct launch *l, const char *path, const uint64_t n[4]);
int launch_root_link(struct launch *l, const char *path, const char *target);

/* fill.c */
int launch_tree_fill(struct launch *l, const char *path);

int launch_tree_attach(struct launch *l, const char *path, uint64_t type);
int launch_mask(struct launch *l, const char *path);
int launch_readonly(struct launch *l, const char *path);
int launch_pivot(struct launch *l);
int launch_chroot(struct launch *l);
int launch_root_readonly(struct launch *l);
/* Sets and clears MOUNT_ATTR_* of the attached mount at `target`; before 5.12 not below it. */
int launch_remount(struct launch *l, int target, uint64_t set, uint64_t clear);

/* userns.c */
/* What only the parent can do for a child in a new user namespace; then the child may go on. */
int launch_foster(struct launch *l, const struct plan_step *step, int pid, int gate);
/* PLAN_USERNS and PLAN_USERNS_OF: l->userns, and the network namespace it owns entered. Does
 * nothing when it is held already. */
int launch_userns_new(struct launch *l, const struct plan_step *step);
/* The sentence for a kernel that makes no user namespace. */
int launch_userns_refused(struct launch *l, int error);
int launch_userns_of(struct launch *l, const struct plan_step *step);
/* The one that a process lives in. */
void launch_userns_adopt(struct launch *l, int pid);
/* One that nobody lives in. */
int launch_userns_make(struct launch *l, const char *uids, const char *gids);
/* What HOLD started and did not wait for. */
void launch_userns_settle(struct launch *l);
/* PLAN_ROOT_OUTSIDE is who root is. */
uint32_t launch_owner(const struct launch *l, uint64_t id, int group);
int launch_limit(struct launch *l, const struct plan_step *step, int pid); /* RLIMIT, OOM_SCORE */
int launch_root_ids(void);
int launch_keep(struct launch *l, const struct plan_step *step);
/* Attaches the tree where the shim's later processes find it. */
int launch_place(struct launch *l, const struct plan_step *step);
/* For a later step of a process that could not make it. */
int launch_tree_keep(struct launch *l);

/* hook.c */
int launch_hook(struct launch *l, const struct plan_step *step);

/* schedule.c */
int launch_scheduler(const uint64_t n[5]);
int launch_affinity(const void *mask, size_t len);
int launch_memory_policy(uint64_t mode, const void *mask, size_t len);

/* console.c */
int launch_console(struct launch *l, uint16_t rows, uint16_t columns);

/* user.c: text only, no NSS; passwd.h has the parser */
int launch_user(struct launch *l, const struct plan_step *step);

/* caps.c */
int launch_bounding(uint64_t keep);
int launch_caps(struct launch *l, const uint64_t n[4]);
int launch_apparmor(struct launch *l, const char *profile);
int launch_seccomp(struct launch *l, const struct plan_step *step);

/* exec.c */
int launch_cwd(struct launch *l, const char *path, bool make);
int launch_try(struct launch *l, const struct plan_step *step); /* try.c: does not return */
int launch_exec(struct launch *l, const struct plan_step *step);
/* Whether launch_exec will find a program; says why not. */
int launch_exec_look(struct launch *l, const struct plan_step *step);

/* gate.c: the child's side */
void launch_gate_fail(int gate, const struct launch_fail *fail);
void launch_gate_ready(int gate);
int launch_gate_console(int gate, int master);
int launch_gate_listener(int gate, int listener);
int launch_gate_wait(int gate, bool say); /* for launch_go; say: that we are LAUNCH_WAITING */
/* Says LAUNCH_CREATED and takes the first connection to the door for the gate. */
int launch_gate_created(struct launch *l);

#endif
