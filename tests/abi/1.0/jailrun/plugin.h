/* SPDX-License-Identifier: Apache-2.0
 *
 * jailrun plugin interface, version 1: the whole binary contract between the runner and a plugin.
 *
 * A plugin is a shared object that exports one constant object, `jailrun_plugin_v1`, of type jr_plugin. It
 * imports nothing from the runner: everything that a stage may ask of the runner reaches it as a table of
 * functions.
 *
 * How a launch uses a stage, always in this order and on one thread:
 *
 *   create -> configure -> plan -> [perform, for `call` actions only] -> the process becomes the jailed
 * program
 *
 * A stage never changes the host while it is configured or while it plans. It appends actions to the plan;
 * the runner shows them, or performs them and can take them back.
 *
 * Rules that hold for every type below:
 *  - A struct that may grow begins with `struct_size`. The writer sets it to its own sizeof; the reader reads
 * no byte beyond it. Structs grow only at their end. An array of such structs comes with a stride, the
 * writer's sizeof.
 *  - Members named `reserved` and bits that have no name here are zero. So is what a later version appends,
 * where the writer does not mean it. The runner refuses what it does not know and what is not zero, but what
 * stands behind the known end of jr_plugin, jr_stage_descriptor and jr_stage_ops: there a later version
 * appends only what an earlier runner may leave unread.
 *  - jr_str, jr_bytes, jr_str_list, jr_path and jr_owner are values. They are frozen.
 *  - Strings are UTF-8 without inner NUL, `data[length]` is NUL. An empty string may have any non-null data,
 * or NULL.
 *  - Strings and structs handed to a function are lent for the duration of that call; the callee copies what
 * it keeps. What a host function hands out stays valid until the stage is destroyed, unless said otherwise.
 *  - No function of either side throws, longjmps, or changes uid, capabilities, cwd, umask, signal state, or
 * the set of threads; descriptors that a stage opens while it is configured or plans, it closes before it
 * returns.
 */
#ifndef JAILRUN_PLUGIN_H
#define JAILRUN_PLUGIN_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The major version is also part of the exported symbol's name; a runner loads only majors that it knows. The
 * minor grows when something is appended; a plugin built with a later minor loads in an earlier runner and is
 * refused only when it asks for a function that this runner lacks. */
#define JR_ABI_MAJOR 1u
#define JR_ABI_MINOR 0u
#define JR_PLUGIN_SYMBOL "jailrun_plugin_v1"

/* ---------------------------------------------------------------------------------------------- values,
 * frozen */

typedef struct jr_str {
  const char* data; /* NUL-ended */
  uint64_t length;  /* bytes, without the NUL */
} jr_str;

typedef struct jr_bytes {
  const void* data;
  uint64_t length; /* bytes */
} jr_bytes;

typedef struct jr_str_list {
  const jr_str* items;
  uint64_t count;
} jr_str_list;

/* What a function came to. Zero is success; every other value is an error whose sentence was given to
 * jr_host.fail. */
typedef int32_t jr_status;
#define JR_OK 0
#define JR_ERROR_INPUT 1       /* what the user asked for cannot be; the sentence says what to do */
#define JR_ERROR_SYSTEM 2      /* the kernel refused: the errno is part of the error */
#define JR_ERROR_UNSUPPORTED 3 /* this runner or this kernel has no such thing */
#define JR_ERROR_INTERNAL 4    /* the interface was used wrongly: an undeclared fact, an exception, ... */
#define JR_NOT_MINE 5 /* from jr_stage_ops.command only: another call is meant; no error, no sentence */

/* Where a path begins. */
#define JR_IN_JAIL 0u /* at the jail's root; resolved inside it, through no symbolic link */
#define JR_ON_HOST 1u /* at the host's root, as the runner sees it before it enters the jail */

typedef struct jr_path {
  uint32_t where; /* JR_IN_JAIL or JR_ON_HOST */
  uint32_t reserved;
  jr_str text; /* absolute: begins with '/' and has no "." or ".." component */
} jr_path;

/* Who owns what is made. The values are the kernel's, as of the runner's own user namespace. */
typedef struct jr_owner {
  uint32_t uid;
  uint32_t gid;
} jr_owner;

/* ------------------------------------------------------------------------------------------------- the
 * descriptor */

/* Kinds of option. */
#define JR_OPTION_TEXT 0u
#define JR_OPTION_NUMBER 1u /* decimal, in [minimum, maximum]; judged before configure is called */
#define JR_OPTION_FLAG 2u   /* on the command line without a value; in a pipeline file `yes` or `no` */

/* Bits of jr_option.flags. */
#define JR_OPTION_REQUIRED 1u   /* the launch is refused without it */
#define JR_OPTION_REPEATABLE 2u /* may be given more than once; else a second time is an error */

/* One option. It is `--name VALUE` on the command line and `name = VALUE` in the stage's section of a
 * pipeline file; what the command line gives replaces all that the file gives. Two stages may declare an
 * equal option and share it. */
typedef struct jr_option {
  jr_str name;          /* lower-case letters, digits, hyphen: "chroot-base-dir" */
  jr_str value_name;    /* how help calls the value: "DIR"; empty for a flag */
  jr_str help;          /* one sentence for --help, the man page and the docs */
  jr_str default_value; /* used where neither gives one; empty: none */
  uint32_t type;        /* JR_OPTION_TEXT, ... */
  uint32_t flags;       /* JR_OPTION_REQUIRED, ... */
  uint64_t minimum;     /* JR_OPTION_NUMBER only, inclusive */
  uint64_t maximum;     /* JR_OPTION_NUMBER only, inclusive */
} jr_option;

/* Kinds of fact. */
#define JR_FACT_TEXT 0u
#define JR_FACT_NUMBER 1u

/* Bits of jr_fact.flags. */
#define JR_FACT_OPTIONAL 1u   /* consumes: the stage can do without; provides: the stage may not publish it */
#define JR_FACT_CONFIGURED 2u /* provides: published while configuring; every stage can plan with it */

/* A typed value that one stage publishes and others read. It is written once. A stage reads and writes only
 * the facts that its descriptor names. Names are dotted, lower case; those that begin with "jail." are
 * jailrun's own:
 *
 *   jail.id       text    the jail's id                                   while configuring
 *   jail.base     text    host path below which jails are made            while configuring
 *   jail.name     text    the exec name: last component of jail.program   while configuring
 *   jail.alias    text    the last component of the path that was given   while configuring, and only
 *                         for the program                                 where it is another: a symbolic
 *                                                                         link's
 *   jail.program  text    real host path of the program                   while configuring
 *   jail.uid      number  the program's user id                           while configuring
 *   jail.gid      number  the program's group id                          while configuring
 *   jail.directory  text  host path of the directory that holds the       while planning
 *                         jail's root: <base>/<name or alias>/<id>
 *   jail.root     text    host path of the jail's root                    while planning
 *   jail.cgroup   text    the jail's group, relative to a hierarchy       while planning
 *   jail.cgroup-version  number  1 or 2: what --cgroup-version says       while configuring */
typedef struct jr_fact {
  jr_str name;
  uint32_t type;  /* JR_FACT_TEXT or JR_FACT_NUMBER */
  uint32_t flags; /* JR_FACT_OPTIONAL, ... */
} jr_fact;

/* Bits of jr_stage_descriptor.traits. */
#define JR_TRAIT_TERMINAL 1u        /* nothing can follow: the process becomes the program */
#define JR_TRAIT_CHANGES_ROOT 2u    /* after its enter actions host paths are out of reach */
#define JR_TRAIT_DROPS_PRIVILEGE 4u /* after its enter actions the process has the program's credentials */
#define JR_TRAIT_FORKS 8u           /* may ask for a session or a process of its own */

typedef struct jr_host jr_host;
typedef struct jr_actions jr_actions;
typedef struct jr_ctx jr_ctx;     /* the runner's; one a stage; opaque */
typedef struct jr_stage jr_stage; /* the plugin's; opaque to the runner */

/* Why an action is taken back. */
#define JR_RELEASE_ROLLBACK 1u /* a later action of the same launch failed */
#define JR_RELEASE_REMOVE 2u   /* `jailrun rm`, perhaps long after, in another process */
#define JR_RELEASE_RECOVERY 3u /* the launch died at an unknown instant */

/* What a stage does. Members that a stage has no use for may be NULL, `create` and `plan` excepted. */
typedef struct jr_stage_ops {
  uint32_t struct_size;
  uint32_t reserved;

  /* Makes the stage's own state. `host` stays valid until destroy. NULL: out of memory. Never fails
   * otherwise. */
  jr_stage* (*create)(const jr_host* host);

  /* Frees it. Not called where the process becomes the program. */
  void (*destroy)(jr_stage* stage);

  /* Judges the options and publishes the facts marked JR_FACT_CONFIGURED. May read the host, never changes
   * it. Makes every check that can be made this early. */
  jr_status (*configure)(jr_stage* stage, jr_ctx* ctx);

  /* Appends the stage's actions. May read the host, never changes it. Called twice, it appends the same
   * twice. */
  jr_status (*plan)(jr_stage* stage, jr_ctx* ctx, const jr_actions* actions);

  /* Does the work of a `call` action that this stage planned. `name` and `payload` are those of the action.
   */
  jr_status (*perform)(jr_stage* stage, jr_ctx* ctx, jr_str name, jr_bytes payload);

  /* Takes that work back. It may run in another process than perform, on a stage that was created but not
   * configured, when perform never ran, ran half, or ran long ago; and it may run twice. What it needs is in
   * the payload, in the slots that perform set, and in the launch's token. `why` is JR_RELEASE_... . */
  jr_status (*release)(jr_stage* stage, jr_ctx* ctx, jr_str name, jr_bytes payload, uint32_t why);

  /* Does to a jail that stands, running or not, what an operator asks of this stage by
   * `jailrun tell ID STAGE VERB WORDS...`. Called for each `call` action of the stage in that jail's ledger,
   * in the order of performing, with that action's name and payload, until one does not return JR_NOT_MINE.
   * It runs in another process than perform, on a stage that was created but not configured; slots and the
   * token can be read, and neither a launch nor a removal of that jail is under way meanwhile. What it makes,
   * release must find without having been told. */
  jr_status (*command)(jr_stage* stage, jr_ctx* ctx, jr_str verb, jr_str_list words, jr_str name,
                       jr_bytes payload);
} jr_stage_ops;

/* One stage. Constant-initialized: reading it runs no code of the plugin. */
typedef struct jr_stage_descriptor {
  uint32_t struct_size;
  uint32_t traits; /* JR_TRAIT_... */
  jr_str id;       /* its name in pipelines: lower-case letters, digits, hyphen; at most 64 */
  jr_str version;  /* the stage's own: "1.0.0" */
  jr_str summary;  /* one line, for `jailrun stages` and --help */

  const jr_option* options;
  uint32_t option_count;
  uint32_t option_stride; /* bytes from one to the next: sizeof(jr_option) as the plugin was built */

  const jr_fact* consumes; /* read by plan; configure may read none */
  uint32_t consume_count;
  uint32_t consume_stride;

  const jr_fact* provides;
  uint32_t provide_count;
  uint32_t provide_stride;

  jr_str_list after;     /* ids of stages that stand before this one, where the pipeline has them */
  jr_str_list before;    /* ids of stages that stand after this one, where the pipeline has them */
  jr_str_list conflicts; /* ids of stages that can't be in the same pipeline */

  uint64_t capabilities; /* bit n: needs capability number n of capability.h, as in capabilities(7) */
  const jr_stage_ops* ops;
} jr_stage_descriptor;

/* What the shared object exports, under the name JR_PLUGIN_SYMBOL, as a constant object. */
typedef struct jr_plugin {
  uint32_t struct_size;
  uint32_t abi_minor; /* JR_ABI_MINOR of the header that it was built with */
  jr_str name;
  jr_str version;
  const jr_stage_descriptor* const* stages; /* pointers, so that descriptors need no stride */
  uint64_t stage_count;                     /* 1 or more */
} jr_plugin;

/* ---------------------------------------------------------------------------------------------------- the
 * host */

/* Levels of jr_host.log. */
#define JR_LOG_DEBUG 0u
#define JR_LOG_INFO 1u
#define JR_LOG_WARNING 2u
#define JR_LOG_ERROR 3u

/* What a stage may ask of the runner at any time. Each function takes the ctx that the runner gave to the
 * call under way; a ctx is not kept beyond it. */
struct jr_host {
  uint32_t struct_size;
  uint32_t abi_minor; /* of the runner */

  /* Records why the call under way fails and returns `status`, so that a stage can say
   * `return host->fail(ctx, JR_ERROR_SYSTEM, errno, text)`. `sentence` names the object, without the errno's
   * text, which the runner adds where error_number is not 0. The first sentence of a call is the one shown.
   */
  jr_status (*fail)(jr_ctx* ctx, jr_status status, int32_t error_number, jr_str sentence);

  /* Writes one line to the runner's log, with the stage's name. */
  void (*log)(jr_ctx* ctx, uint32_t level, jr_str message);

  /* How many values the option has: 0 where it was not given and has no default. A flag that is on has 1. */
  uint64_t (*option_count)(jr_ctx* ctx, jr_str name);

  /* The value at `index`, in the order given. An undeclared option or an index out of range is
   * JR_ERROR_INTERNAL. */
  jr_status (*option)(jr_ctx* ctx, jr_str name, uint64_t index, jr_str* value);

  /* Where that value came from, for an error's sentence: "--cgroup" or "default.conf:12: cgroup". Never
   * fails. */
  jr_str (*option_origin)(jr_ctx* ctx, jr_str name, uint64_t index);

  /* What stood after `--` on the command line. */
  jr_str_list (*arguments)(jr_ctx* ctx);

  /* Facts. Undeclared, of another type, published twice, or read before it is published: JR_ERROR_INTERNAL.
   */
  jr_status (*publish_text)(jr_ctx* ctx, jr_str name, jr_str value);
  jr_status (*publish_number)(jr_ctx* ctx, jr_str name, uint64_t value);
  jr_status (*read_text)(jr_ctx* ctx, jr_str name, jr_str* value);
  jr_status (*read_number)(jr_ctx* ctx, jr_str name, uint64_t* value);

  /* 1 if that fact, declared by this stage, has been published; else 0. */
  uint32_t (*has_fact)(jr_ctx* ctx, jr_str name);

  /* Which cgroup version carries this controller ("cpuset") on this host: 1, 2, or 0 for none. */
  uint32_t (*cgroup_version)(jr_ctx* ctx, jr_str controller);

  /* The launch's 128-bit random token, fixed from the claim on and kept in the ledger. For things that the
   * kernel names at run time: written where the kernel lets one, release can find them by it. In perform and
   * release only. */
  jr_status (*token)(jr_ctx* ctx, uint8_t token[16]);

  /* Slots: values known only once a `call` was performed. set_slot (in perform only) appends to the ledger
   * before the next action; slot (in perform and release) reads it: JR_ERROR_INPUT, without a sentence, where
   * it was never set. */
  jr_status (*set_slot)(jr_ctx* ctx, jr_str name, jr_str value);
  jr_status (*slot)(jr_ctx* ctx, jr_str name, jr_str* value);
};

/* -------------------------------------------------------------------------------------------------- the
 * actions */

/* Phases of an action. All prepare actions are performed in pipeline order, then all enter actions in
 * pipeline order. */
#define JR_PREPARE 0u /* with the host in view; can be taken back */
#define JR_ENTER 1u   /* in the process that becomes the program */

/* A directory; parents must exist. One that stands there already is kept as it is, and never removed.
 * Prepare. */
typedef struct jr_directory {
  uint32_t struct_size;
  uint32_t mode; /* permission bits, exact: no umask is applied */
  jr_path path;
  jr_owner owner;
} jr_directory;

/* A regular file with this content. A regular file with one link that stands there already is set aside,
 * outside the root, and put back when the jail is taken away; anything else in its place is refused. Prepare.
 */
typedef struct jr_write {
  uint32_t struct_size;
  uint32_t mode;
  jr_path path;
  jr_owner owner;
  jr_bytes content;
} jr_write;

/* A copy of a regular host file: its own inode, never a hard link; data shared copy-on-write where the
 * filesystem can. What stands there already is treated as by jr_write. Prepare. */
typedef struct jr_copy {
  uint32_t struct_size;
  uint32_t mode; /* JR_MODE_OF_SOURCE: the source's permission bits */
  jr_path path;
  jr_owner owner;
  jr_str source;  /* host path; symbolic links in it are followed */
  uint32_t flags; /* JR_COPY_... */
  uint32_t reserved;
} jr_copy;
#define JR_MODE_OF_SOURCE UINT32_MAX

/* Bits of jr_copy.flags. */
#define JR_COPY_REFLINK \
  1u /* only by sharing the data copy-on-write, FICLONE of ioctl_ficlone(2); else refused */

/* A hard link to a regular host file on the same filesystem and mount: the same inode, with its owner and its
 * mode. What stands there already is treated as by jr_write. Prepare. */
typedef struct jr_link {
  uint32_t struct_size;
  uint32_t reserved;
  jr_path path;
  jr_str source; /* host path; symbolic links in it are followed */
} jr_link;

/* A device node. One that stands there already with this type and number is given this owner and mode.
 * Prepare. */
typedef struct jr_node {
  uint32_t struct_size;
  uint32_t mode;
  jr_path path;
  jr_owner owner;
  uint32_t type; /* JR_NODE_CHAR or JR_NODE_BLOCK */
  uint32_t major;
  uint32_t minor;
  uint32_t flags; /* JR_NODE_MAY_FAIL */
} jr_node;
#define JR_NODE_CHAR 0u
#define JR_NODE_BLOCK 1u

/* Bits of jr_node.flags. */
#define JR_NODE_MAY_FAIL \
  1u /* where the kernel refuses the node, a warning is logged and the launch goes on */

/* Bits of jr_bind.flags and jr_mount.flags. */
#define JR_MOUNT_READ_ONLY 1u
#define JR_MOUNT_NODEV 2u
#define JR_MOUNT_NOSUID 4u
#define JR_MOUNT_NOEXEC 8u
#define JR_BIND_RECURSIVE 16u /* jr_bind only: with the mounts below the source, to which all bits apply */
#define JR_MOUNT_PREPARE 32u  /* jr_mount only: see there */

/* A host directory or file shown at a place in the jail, which must exist and be of the same kind. The source
 * is taken in prepare and placed in enter, inside the jail's own mount namespace: the host's mount table
 * never shows it. */
typedef struct jr_bind {
  uint32_t struct_size;
  uint32_t flags;
  jr_str source; /* host path; symbolic links in it are followed */
  jr_path path;  /* in the jail */
} jr_bind;

/* A new filesystem mounted at a directory in the jail. Enter: in the jail's own mount namespace, where the
 * host's mount table never shows it.
 *
 * With JR_MOUNT_PREPARE: prepare, on the host, so that what the program makes in it is seen at the host path;
 * unmounted when the jail is taken away. For the jail's root only, "/", planned before anything in it; the
 * root's directory must be empty. The source is then the runner's, and must be empty here. Each `key=value`
 * of the data is an option of its own, in which no comma can stand. */
typedef struct jr_mount {
  uint32_t struct_size;
  uint32_t flags;
  jr_str type;   /* "tmpfs", "proc", ... as in /proc/filesystems */
  jr_str source; /* shown by mountinfo; empty: the type */
  jr_path path;
  jr_str data; /* the filesystem's own options: "size=16m,mode=0700" */
} jr_mount;

/* The jail's root as an overlay: it shows a host directory, which is never changed; what changes in it is
 * kept outside the root and removed with the jail. Mounted in prepare and unmounted as by jr_mount with
 * JR_MOUNT_PREPARE, and planned at the same place. What jr_directory, jr_write, jr_copy and jr_link then find
 * where they make their own is the image's: a directory is given owner and mode, a file makes room. Prepare.
 */
typedef struct jr_overlay {
  uint32_t struct_size;
  uint32_t flags; /* JR_MOUNT_READ_ONLY, JR_MOUNT_NODEV, JR_MOUNT_NOSUID, JR_MOUNT_NOEXEC */
  jr_str lower;   /* host path of the directory; symbolic links in it are followed */
  jr_owner owner; /* of the root */
  uint32_t mode;  /* of the root */
  uint32_t reserved;
} jr_overlay;

/* Bits of jr_cgroup.flags. */
#define JR_CGROUP_DEFAULT 1u /* only where no request without this bit names the same file */
#define JR_CGROUP_JOIN \
  2u /* joins the group as it is, where it exists; file and value are empty, version is 2 */

/* A request: in the hierarchy that carries the file's controller, the jail is in this group, with this value.
 * The runner merges requests by hierarchy and file: the last one wins. It makes the groups, lets cpuset.cpus
 * and cpuset.mems that are still empty inherit from the parent, enables version 2 controllers down the path,
 * writes each value once, and joins. Prepare; the join is enter. */
typedef struct jr_cgroup {
  uint32_t struct_size;
  uint32_t flags;
  jr_str group; /* relative to the hierarchy's mount: "firecracker/web-1" */
  jr_str file;  /* "cpuset.cpus"; what precedes the first dot names the controller */
  jr_str value;
  uint32_t version; /* 1 or 2: which kind of hierarchy; 0: whichever carries the controller */
  uint32_t reserved;
} jr_cgroup;

/* Joins an existing namespace: opened in prepare, seen to be one of that type, joined in enter. */
typedef struct jr_join {
  uint32_t struct_size;
  uint32_t type; /* a CLONE_NEW... flag of sched.h, as in setns(2): 0x40000000 is the network's */
  jr_str path;   /* host path */
} jr_join;

/* A limit of setrlimit(2). In force immediately before the exec, whatever the stage's place; a hard limit is
 * raised while there are privileges to do so. Enter. */
typedef struct jr_limit {
  uint32_t struct_size;
  uint32_t resource; /* RLIMIT_... of sys/resource.h */
  uint64_t soft;     /* UINT64_MAX: unlimited */
  uint64_t hard;
} jr_limit;

/* What becomes of a standard stream. */
#define JR_STREAM_KEEP 0u
#define JR_STREAM_NULL 1u /* /dev/null, read-write */
#define JR_STREAM_FILE 2u /* stdout and stderr: appended to a host file, which is made, root's, 0640 */
#define JR_STREAM_SYSLOG \
  3u /* stdout and stderr: the host's /dev/log, see syslog(3); each write is one message */

/* A session of its own, not led by the program, in a child; the caller returns once the exec has succeeded.
 * Files and sockets are opened in prepare, the rest is enter. */
typedef struct jr_session {
  uint32_t struct_size;
  uint32_t streams[3]; /* JR_STREAM_... for stdin, stdout, stderr */
  jr_str files[3];     /* JR_STREAM_FILE: its absolute host path; else empty */
} jr_session;

/* User and group ids, real, effective and saved, and exactly these supplementary groups. Enter. */
typedef struct jr_credentials {
  uint32_t struct_size;
  uint32_t group_count;
  jr_owner owner;
  const uint32_t* groups; /* supplementary group ids; NULL with a count of 0: none */
} jr_credentials;

/* Memory policy and CPU affinity for hosts without a cpuset controller. Enter. */
typedef struct jr_numa {
  uint32_t struct_size;
  uint32_t node; /* bind memory to this node, as with MPOL_BIND of set_mempolicy(2) */
  jr_str cpus;   /* run on these CPUs: "0-3,8", as in /sys/devices/system/node/nodeN/cpulist */
} jr_numa;

/* Bits of jr_exec.flags. */
#define JR_EXEC_JAILER_ARGUMENTS 1u /* --id and three start times after argv[0], as the jailer gives */

/* The program takes the process's place. At most one a plan, and its last. Enter. */
typedef struct jr_exec {
  uint32_t struct_size;
  uint32_t flags;
  jr_path path;            /* in the jail */
  jr_str_list arguments;   /* argv[1] and on; argv[0] is the path */
  jr_str_list environment; /* "NAME=VALUE", or "NAME": as the caller has it, if it does; the program gets
                              nothing else */
} jr_exec;

/* Work that no action above covers, done by the stage's own perform and taken back by its release. */
typedef struct jr_call {
  uint32_t struct_size;
  uint32_t phase;           /* JR_PREPARE or JR_ENTER */
  jr_str name;              /* given back to perform and release */
  jr_str line;              /* what the plan shows as the object */
  jr_bytes payload;         /* data, not a closure: another process may have to release it; at most 64 KiB */
  uint32_t payload_version; /* the plugin's own */
  uint32_t reserved;
} jr_call;

/* Appends actions to the plan. A function that is NULL, or lies beyond struct_size, is one that this runner
 * lacks. What is wrong with an action is recorded as by jr_host.fail, and the plan is refused even if the
 * stage goes on. */
struct jr_actions {
  uint32_t struct_size;
  uint32_t abi_minor;

  /* Claims <base>/<name>/<id> for this launch, atomically: directories down to <id> are made where missing,
   * root's, 0755, and the plan is published there as the ledger. Exactly one a plan, before every action that
   * makes something. */
  jr_status (*claim)(jr_ctx* ctx, jr_str base, jr_str name, jr_str id);

  /* Closes the descriptors that the runner inherited, but 0, 1, 2 and these. Prepare. */
  jr_status (*close_inherited)(jr_ctx* ctx, const uint32_t* keep, uint64_t keep_count);

  /* A directory on the host that is the jail's root from here on: JR_IN_JAIL paths begin at it. Planned again
   * with the same path it is made once: a stage that mounts on it stands before the one that fills it. */
  jr_status (*root)(jr_ctx* ctx, const jr_directory* directory);

  jr_status (*directory)(jr_ctx* ctx, const jr_directory* directory);
  jr_status (*write)(jr_ctx* ctx, const jr_write* write);
  jr_status (*copy)(jr_ctx* ctx, const jr_copy* copy);
  jr_status (*node)(jr_ctx* ctx, const jr_node* node);

  /* A file with the program's decimal pid, in the caller's pid namespace, without a newline. Prepare. */
  jr_status (*pid_file)(jr_ctx* ctx, jr_path path, uint32_t mode, jr_owner owner);

  jr_status (*cgroup)(jr_ctx* ctx, const jr_cgroup* cgroup);

  /* A private mount namespace whose root is the jail's root, slave to the host, the old root gone; cwd is /.
   * Enter. */
  jr_status (*new_root)(jr_ctx* ctx);

  jr_status (*bind)(jr_ctx* ctx, const jr_bind* bind);
  jr_status (*mount)(jr_ctx* ctx, const jr_mount* mount);
  jr_status (*join)(jr_ctx* ctx, const jr_join* join);
  jr_status (*numa)(jr_ctx* ctx, const jr_numa* numa);
  jr_status (*session)(jr_ctx* ctx, const jr_session* session);
  jr_status (*credentials)(jr_ctx* ctx, const jr_credentials* credentials);
  jr_status (*limit)(jr_ctx* ctx, const jr_limit* limit);
  jr_status (*exec)(jr_ctx* ctx, const jr_exec* exec);
  jr_status (*call)(jr_ctx* ctx, const jr_call* call);

  /* Another name of the jail: <base>/<name>/<id> becomes a symbolic link to the directory that was claimed.
   * Refused where something else stands there. Prepare. */
  jr_status (*alias)(jr_ctx* ctx, jr_str name);

  /* A new pid namespace, in which the program is process 1; it is a child, and the caller returns once the
   * exec has succeeded. Needs JR_TRAIT_FORKS. Enter. */
  jr_status (*pid_namespace)(jr_ctx* ctx);

  jr_status (*link)(jr_ctx* ctx, const jr_link* link);

  jr_status (*overlay_root)(jr_ctx* ctx, const jr_overlay* overlay);

  /* Alternatives, for what some hosts can do one way and others another: a reflink, else a hard link, else a
   * copy. After first_of each call of `alternative` begins one, made of all that is planned until the next;
   * end_first_of ends the last. Each has a name of its own among them, which the plan shows, and the ledger
   * for the one that was taken.
   *
   * The choice is made in prepare. The actions of the first alternative are performed; where one fails with
   * EXDEV, EOPNOTSUPP or ENOSYS, what this alternative has done is taken back and the next one is tried; any
   * other failure, and that of the last alternative, is the launch's. For a `link` EPERM and EMLINK count
   * too, and for a `copy` with JR_COPY_REFLINK EINVAL and ENOTTY: so the kernel says that this file can't be
   * linked or shared. Enter actions are performed where their alternative was taken, and their failure is the
   * launch's.
   *
   * An alternative may hold directory, write, copy, link, node, bind, mount, join and call, and no other
   * first_of. */
  jr_status (*first_of)(jr_ctx* ctx);
  jr_status (*alternative)(jr_ctx* ctx, jr_str name);
  jr_status (*end_first_of)(jr_ctx* ctx);
};

#ifdef __cplusplus
}
#endif

#endif
