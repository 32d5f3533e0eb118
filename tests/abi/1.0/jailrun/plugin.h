/* SPDX-License-Identifier: Apache-2.0
 *
 * jailrun plugin interface, version 1: the complete binary contract between the runner and a plugin.
 *
 * A plugin is a shared object that exports one constant object, `jailrun_plugin_v1`, of type
 * jr_plugin. It imports nothing from the runner: everything that a stage may ask of the runner reaches
 * it as a table of functions.
 *
 * How a launch uses a stage, always in this order and on one thread:
 *
 *   create -> configure -> plan -> [perform, for `call` actions only] -> the process becomes the program
 *
 * A stage never changes the host while it is configured or while it plans. It appends actions to the plan;
 * the runner shows them, or performs them and can roll them back.
 *
 * Each function begins with a tag in brackets that says when it may be called:
 *
 *   in jr_stage_ops  the state in which the runner calls it: `[after create]` needs a stage that was created
 *                    and nothing more, `[after configure]` one that was configured
 *   in jr_host       the functions of the stage during which the stage may call it: `[configure plan]`. In
 *                    create and destroy there is no jr_ctx, and so none may be called
 *   in jr_actions    `[plan -> prepare]`: called during plan; done in the prepare phase. `[plan -> enter]`:
 *                    done in the enter phase. `[plan -> prepare, enter]`: begun in one, finished in the other
 *
 * Called at another time, a function fails with JR_ERROR_INTERNAL, or its result has no meaning.
 *
 * Rules that hold for every type below:
 *  - A struct that may grow begins with `struct_size`. The writer sets it to its own sizeof; the reader reads
 *    no byte beyond it. Structs grow only at their end. An array of such structs comes with a stride, the
 *    writer's sizeof.
 *  - Members named `reserved`, and bits that have no name here, are zero. So is anything that a later version
 *    appends and that the writer does not use. The runner refuses a value that it does not know and that is
 *    not zero. The exceptions are the ends of jr_plugin, jr_stage_descriptor and jr_stage_ops: a later
 *    version appends there only what an earlier runner may leave unread.
 *  - jr_str, jr_bytes, jr_str_list, jr_path and jr_owner are values. They are frozen.
 *  - Strings are UTF-8 without inner NUL, and `data[length]` is NUL. An empty string may have any non-null
 *    data, or NULL.
 *  - Strings and structs that are passed to a function are borrowed for the duration of that call; the callee
 *    copies what it keeps. What a host function returns stays valid until the stage is destroyed, unless the
 *    function says otherwise.
 *  - No function of either side throws, calls longjmp, or changes uid, capabilities, cwd, umask, signal state
 *    or the set of threads. A descriptor that a stage opens while it is configured or plans, it closes before
 *    it returns.
 */
#ifndef JAILRUN_PLUGIN_H
#define JAILRUN_PLUGIN_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The major version is also part of the exported symbol's name; a runner loads only majors that it knows. The
 * minor grows when something is appended. A plugin that was built with a later minor loads in an earlier
 * runner and is refused only if it asks for a function that this runner lacks. */
#define JR_ABI_MAJOR 1u
#define JR_ABI_MINOR 0u
#define JR_PLUGIN_SYMBOL "jailrun_plugin_v1"

/* --------------------------------------------------------------------------------------- values, frozen */

/* Text. It owns nothing: `data` belongs to whoever passed it. */
typedef struct jr_str {
  const char* data; /* NUL-terminated UTF-8 */
  uint64_t length;  /* bytes, without the NUL */
} jr_str;

/* Any bytes, NUL among them. It owns nothing. */
typedef struct jr_bytes {
  const void* data; /* may be NULL where length is 0 */
  uint64_t length;  /* bytes */
} jr_bytes;

/* A list of texts. It owns neither the array nor the texts. */
typedef struct jr_str_list {
  const jr_str* items; /* may be NULL where count is 0 */
  uint64_t count;
} jr_str_list;

/* The result of a call. Zero is success; every other value is an error whose sentence was given to
 * jr_host.fail, JR_NOT_MINE excepted. */
typedef int32_t jr_status;
#define JR_OK 0
#define JR_ERROR_INPUT 1       /* what the user asked for is not possible; the sentence says what to do */
#define JR_ERROR_SYSTEM 2      /* the kernel refused: the errno is part of the error */
#define JR_ERROR_UNSUPPORTED 3 /* this runner or this kernel lacks the feature */
#define JR_ERROR_INTERNAL 4    /* the interface was used wrongly: an undeclared fact, an exception, ... */
#define JR_NOT_MINE 5          /* from jr_stage_ops.command only: another call is meant; not an error */

/* Where a path begins. */
#define JR_IN_JAIL 0u /* at the jail's root; resolved inside it, through no symbolic link */
#define JR_ON_HOST 1u /* at the host's root, as the runner sees it before it enters the jail */

/* A place, in the jail or on the host. */
typedef struct jr_path {
  uint32_t where;    /* JR_IN_JAIL or JR_ON_HOST */
  uint32_t reserved; /* 0 */
  jr_str text;       /* absolute: begins with '/', without empty, "." or ".." components, no '/' at the end */
} jr_path;

/* Who owns a file or directory. The values are the kernel's, as of the runner's own user namespace. */
typedef struct jr_owner {
  uint32_t uid;
  uint32_t gid;
} jr_owner;

/* ---------------------------------------------------------------------------------------- the descriptor */

/* Kinds of option. */
#define JR_OPTION_TEXT 0u
#define JR_OPTION_NUMBER 1u /* decimal, in [minimum, maximum]; validated before configure is called */
#define JR_OPTION_FLAG 2u   /* without a value on the command line; `yes` or `no` in a pipeline file */

/* Bits of jr_option.flags. */
#define JR_OPTION_REQUIRED 1u   /* the launch is refused without it */
#define JR_OPTION_REPEATABLE 2u /* may be given more than once; otherwise a second value is an error */

/* One option. It is `--name VALUE` on the command line and `name = VALUE` in the stage's section of a
 * pipeline file; values on the command line replace all values from the file. Two stages may declare an equal
 * option and share it. */
typedef struct jr_option {
  jr_str name;          /* lower-case letters, digits, hyphen: "chroot-base-dir" */
  jr_str value_name;    /* how help calls the value: "DIR"; empty for a flag */
  jr_str help;          /* one sentence for --help, the man page and the docs */
  jr_str default_value; /* used where no value is given; empty: there is no default */
  uint32_t type;        /* JR_OPTION_TEXT, ... */
  uint32_t flags;       /* JR_OPTION_REQUIRED, ... */
  uint64_t minimum;     /* JR_OPTION_NUMBER only, inclusive */
  uint64_t maximum;     /* JR_OPTION_NUMBER only, inclusive */
} jr_option;

/* Kinds of fact. */
#define JR_FACT_TEXT 0u
#define JR_FACT_NUMBER 1u

/* Bits of jr_fact.flags. */
#define JR_FACT_OPTIONAL 1u   /* consumes: the stage works without it; provides: it may not be published */
#define JR_FACT_CONFIGURED 2u /* provides: published while configuring; every stage can plan with it */

/* A typed value that one stage publishes and others read. It is written once. A stage reads and writes
 * only the facts that its descriptor names. Names are dotted, lower case; those that begin with
 * "jail." are jailrun's own:
 *
 *   jail.id              text    the jail's id
 *                                published while configuring
 *   jail.base            text    host path of the directory below which jails are made
 *                                published while configuring
 *   jail.name            text    the exec name: the last component of jail.program
 *                                published while configuring
 *   jail.alias           text    the last component of the program's path as it was given
 *                                published while configuring, only if it is a symbolic link's other name
 *   jail.program         text    real host path of the program
 *                                published while configuring
 *   jail.uid             number  the program's user id
 *                                published while configuring
 *   jail.gid             number  the program's group id
 *                                published while configuring
 *   jail.cgroup-version  number  1 or 2: the value of --cgroup-version
 *                                published while configuring
 *   jail.capabilities    number  the capabilities that the program has: bit n for number n
 *                                published while configuring, only if a stage decides on them
 *   jail.directory       text    host path of the directory of the jail: <base>/<name or alias>/<id>
 *                                published while planning
 *   jail.root            text    host path of the jail's root
 *                                published while planning
 *   jail.cgroup          text    the jail's group, relative to a hierarchy
 *                                published while planning
 */
typedef struct jr_fact {
  jr_str name;
  uint32_t type;  /* JR_FACT_TEXT or JR_FACT_NUMBER */
  uint32_t flags; /* JR_FACT_OPTIONAL, ... */
} jr_fact;

/* Bits of jr_stage_descriptor.traits. */
#define JR_TRAIT_TERMINAL 1u        /* nothing can follow: the process becomes the program */
#define JR_TRAIT_CHANGES_ROOT 2u    /* after its enter actions host paths are out of reach */
#define JR_TRAIT_DROPS_PRIVILEGE 4u /* after its enter actions the process has the program's credentials */
#define JR_TRAIT_FORKS 8u           /* may ask for a session or a pid namespace */
#define JR_TRAIT_RESTRICTS 16u      /* only stages that have it too, or JR_TRAIT_TERMINAL, can follow */

typedef struct jr_host jr_host;
typedef struct jr_actions jr_actions;
typedef struct jr_ctx jr_ctx;     /* the runner's; one for each stage; opaque */
typedef struct jr_stage jr_stage; /* the plugin's; opaque to the runner */

/* Why a `call` is released. */
#define JR_RELEASE_ROLLBACK 1u /* a later action of the same launch failed */
#define JR_RELEASE_REMOVE 2u   /* `jailrun rm`, perhaps long after, in another process */
#define JR_RELEASE_RECOVERY 3u /* the launch died at an unknown instant */

/* The functions of a stage, which the runner calls. `create` and `plan` are required; any other may be NULL
 * if the stage has no use for it. */
typedef struct jr_stage_ops {
  uint32_t struct_size; /* sizeof(jr_stage_ops) as the plugin was built */
  uint32_t reserved;    /* 0 */

  /* [first] Makes the stage's own state and returns it; the runner passes it to every other function. `host`
   * stays valid until destroy. NULL: out of memory, the only error there is. */
  jr_stage* (*create)(const jr_host* host);

  /* [after create, last] Frees the stage. Not called if the process becomes the program: what must not
   * outlive a launch belongs in the plan. */
  void (*destroy)(jr_stage* stage);

  /* [after create] Validates the options and publishes the facts marked JR_FACT_CONFIGURED. May read the
   * host, never changes it. Makes every check that can be made this early. All stages are configured before
   * any of them plans. An error refuses the launch. */
  jr_status (*configure)(jr_stage* stage, jr_ctx* ctx);

  /* [after configure] Appends the stage's actions. May read the host, never changes it. It may be called
   * again on the same stage, and then appends the same actions again. An error refuses the launch. `actions`
   * is borrowed for this call. */
  jr_status (*plan)(jr_stage* stage, jr_ctx* ctx, const jr_actions* actions);

  /* [after plan] Does the work of a `call` action that this stage planned, in the phase that the
   * action names. `name` and `payload` are those of the action. An error rolls the launch back: this
   * call is released too. */
  jr_status (*perform)(jr_stage* stage, jr_ctx* ctx, jr_str name, jr_bytes payload);

  /* [after create] Undoes that work. It may run in another process than perform, on a stage that was created
   * but not configured, when perform never ran, failed half-way, or finished long ago; and it may run twice.
   * All that it can use is the payload, the slots that perform set, and the launch's token. `why` is
   * JR_RELEASE_ROLLBACK, _REMOVE or _RECOVERY. Success if there was nothing to undo. */
  jr_status (*release)(jr_stage* stage, jr_ctx* ctx, jr_str name, jr_bytes payload, uint32_t why);

  /* [after create] Does to an existing jail, running or not, what an operator asks of this stage with
   * `jailrun tell ID STAGE VERB WORDS...`. Called for each `call` action of the stage in that jail's ledger,
   * in the order in which they were performed, with that action's name and payload, until one does not return
   * JR_NOT_MINE. It runs in another process than perform, on a stage that was created but not configured.
   * Slots and the token can be read. No launch and no removal of that jail is under way meanwhile. What it
   * makes, release must find without having been told. */
  jr_status (*command)(jr_stage* stage, jr_ctx* ctx, jr_str verb, jr_str_list words, jr_str name,
                       jr_bytes payload);
} jr_stage_ops;

/* One stage. Constant-initialized: reading it runs no code of the plugin. All that it points to lives as long
 * as the plugin is loaded. */
typedef struct jr_stage_descriptor {
  uint32_t struct_size; /* sizeof(jr_stage_descriptor) as the plugin was built */
  uint32_t traits;      /* JR_TRAIT_... */
  jr_str id;            /* its name in pipelines: lower-case letters, digits, hyphen; at most 64 bytes */
  jr_str version;       /* the stage's own: "1.0.0" */
  jr_str summary;       /* one line, for `jailrun stages` and --help */

  const jr_option* options;
  uint32_t option_count;
  uint32_t option_stride; /* bytes from one to the next: sizeof(jr_option) as the plugin was built */

  const jr_fact* consumes; /* read by plan; configure may read none */
  uint32_t consume_count;
  uint32_t consume_stride; /* sizeof(jr_fact) as the plugin was built */

  const jr_fact* provides; /* published by configure or plan */
  uint32_t provide_count;
  uint32_t provide_stride; /* sizeof(jr_fact) as the plugin was built */

  jr_str_list after;     /* ids of stages that must come before this one, if the pipeline has them */
  jr_str_list before;    /* ids of stages that must come after this one, if the pipeline has them */
  jr_str_list conflicts; /* ids of stages that can't be in the same pipeline */

  uint64_t capabilities;   /* bit n: needs capability number n of linux/capability.h, see capabilities(7) */
  const jr_stage_ops* ops; /* its functions */
} jr_stage_descriptor;

/* What the shared object exports, under the name JR_PLUGIN_SYMBOL, as a constant object. */
typedef struct jr_plugin {
  uint32_t struct_size; /* sizeof(jr_plugin) as the plugin was built */
  uint32_t abi_minor;   /* JR_ABI_MINOR of the header that it was built with */
  jr_str name;
  jr_str version;
  const jr_stage_descriptor* const* stages; /* pointers, so that descriptors need no stride */
  uint64_t stage_count;                     /* 1 or more */
} jr_plugin;

/* ---------------------------------------------------------------------------------------------- the host */

/* Levels of jr_host.log. */
#define JR_LOG_DEBUG 0u
#define JR_LOG_INFO 1u
#define JR_LOG_WARNING 2u
#define JR_LOG_ERROR 3u

/* What a stage may ask of the runner. Each function takes the ctx that the runner passed to the function
 * under way; a ctx is not kept beyond it. A function that returns a jr_status has recorded the error's
 * sentence when that is not JR_OK, unless it says otherwise: the stage returns the status, no more. */
struct jr_host {
  uint32_t struct_size; /* sizeof(jr_host) of the runner: no function beyond it may be called */
  uint32_t abi_minor;   /* JR_ABI_MINOR of the runner */

  /* [configure plan perform release command] Records why the function under way fails and returns `status`,
   * so that a stage can say `return host->fail(ctx, JR_ERROR_SYSTEM, errno, text)`. `sentence` names the
   * object, without the errno's text, which the runner adds if error_number is not 0. Only the first sentence
   * of a function is shown. The function counts as failed even if the stage then returns JR_OK. */
  jr_status (*fail)(jr_ctx* ctx, jr_status status, int32_t error_number, jr_str sentence);

  /* [configure plan perform release command] Writes one line to the runner's log, with the stage's name.
   * `level` is JR_LOG_DEBUG, ... . */
  void (*log)(jr_ctx* ctx, uint32_t level, jr_str message);

  /* [configure plan perform] How many values the option has: 0 if it was not given and has no default. A flag
   * that is on has 1. In release and command a stage has no options: 0. */
  uint64_t (*option_count)(jr_ctx* ctx, jr_str name);

  /* [configure plan perform] The value at `index`, counted from 0 in the order given. An undeclared option or
   * an index out of range is JR_ERROR_INTERNAL. */
  jr_status (*option)(jr_ctx* ctx, jr_str name, uint64_t index, jr_str* value);

  /* [configure plan perform] Where that value came from, to begin an error's sentence with: "--cgroup" or
   * "default.conf:12: cgroup". Never fails: empty if there is no such value. */
  jr_str (*option_origin)(jr_ctx* ctx, jr_str name, uint64_t index);

  /* [configure plan perform] The words after `--` on the command line: the program's own arguments. */
  jr_str_list (*arguments)(jr_ctx* ctx);

  /* [configure plan] Publishes a text fact that `provides` declares: in configure those marked
   * JR_FACT_CONFIGURED, in plan the others. The value is copied. Undeclared, declared as another type, or
   * published twice: JR_ERROR_INTERNAL. */
  jr_status (*publish_text)(jr_ctx* ctx, jr_str name, jr_str value);

  /* [configure plan] The same for a number. */
  jr_status (*publish_number)(jr_ctx* ctx, jr_str name, uint64_t value);

  /* [plan perform] The value of a text fact that `consumes` or `provides` declares. Undeclared, declared as
   * another type, not yet published, or read in configure, where it would depend on the order of the stages:
   * JR_ERROR_INTERNAL. */
  jr_status (*read_text)(jr_ctx* ctx, jr_str name, jr_str* value);

  /* [plan perform] The same for a number. */
  jr_status (*read_number)(jr_ctx* ctx, jr_str name, uint64_t* value);

  /* [plan perform] 1 if that fact, declared by this stage, has been published; else 0. Never fails. */
  uint32_t (*has_fact)(jr_ctx* ctx, jr_str name);

  /* [configure plan perform release command] Which cgroup version carries this controller ("cpuset") on this
   * host: 1, 2, or 0 for none. Never fails. */
  uint32_t (*cgroup_version)(jr_ctx* ctx, jr_str controller);

  /* [perform release command] Copies the launch's 16-byte random token, which is kept in the ledger and does
   * not change once the jail is claimed. For things that the kernel names at run time: perform writes it
   * where the kernel lets it, and release finds them by it. */
  jr_status (*token)(jr_ctx* ctx, uint8_t token[16]);

  /* [perform] Sets a slot: a value that is known only once a `call` was performed. It is appended to the
   * ledger before the next action, so that release finds it in another process. Slots belong to the stage; a
   * second value for the same name replaces the first. An error if the ledger can't be written. */
  jr_status (*set_slot)(jr_ctx* ctx, jr_str name, jr_str value);

  /* [perform release command] Reads a slot of this stage. JR_ERROR_INPUT, with no sentence recorded, if it
   * was never set: release must expect that. */
  jr_status (*slot)(jr_ctx* ctx, jr_str name, jr_str* value);
};

/* ------------------------------------------------------------------------------------------- the actions */

/* Phases of an action. All prepare actions are performed in pipeline order, then all enter
 * actions in pipeline order. */
#define JR_PREPARE 0u /* with the host in view; can be rolled back */
#define JR_ENTER 1u   /* in the process that becomes the program */

/* A directory; its parent must exist. One that exists already is never removed. In the jail it is given owner and
 * mode, and its earlier ones when the jail is removed, unless they are to be root's and open to all (0755), as
 * for a directory on the way to a file: such a one, and one on the host, is kept as it is. */
typedef struct jr_directory {
  uint32_t struct_size; /* sizeof(jr_directory) */
  uint32_t mode;        /* permission bits, exact: no umask is applied */
  jr_path path;         /* in the jail or on the host */
  jr_owner owner;
} jr_directory;

/* A regular file with this content. A regular file with one link that is already there is set aside, outside
 * the root, and put back when the jail is removed; anything else in its place is refused. */
typedef struct jr_write {
  uint32_t struct_size; /* sizeof(jr_write) */
  uint32_t mode;        /* permission bits, exact */
  jr_path path;         /* in the jail */
  jr_owner owner;
  jr_bytes content;
} jr_write;

/* A copy of a regular host file: its own inode, never a hard link; data is shared copy-on-write if the
 * filesystem can do so. What is already there is treated as by jr_write. */
typedef struct jr_copy {
  uint32_t struct_size; /* sizeof(jr_copy) */
  uint32_t mode;        /* permission bits, exact; or JR_MODE_OF_SOURCE */
  jr_path path;         /* in the jail */
  jr_owner owner;
  jr_str source;     /* host path; symbolic links in it are followed */
  uint32_t flags;    /* JR_COPY_... */
  uint32_t reserved; /* 0 */
} jr_copy;

#define JR_MODE_OF_SOURCE UINT32_MAX /* for jr_copy.mode: the source's permission bits */

/* Bits of jr_copy.flags. */
#define JR_COPY_REFLINK 1u /* only by sharing the data, FICLONE of ioctl_ficlone(2); otherwise an error */

/* A hard link to a regular host file on the same filesystem and mount: the same inode, with its owner and its
 * mode. What is already there is treated as by jr_write. */
typedef struct jr_link {
  uint32_t struct_size; /* sizeof(jr_link) */
  uint32_t reserved;    /* 0 */
  jr_path path;         /* in the jail */
  jr_str source;        /* host path; symbolic links in it are followed */
} jr_link;

/* A symbolic link, root's. One with this target that is already there is kept; anything else in its place is
 * refused. */
typedef struct jr_symlink {
  uint32_t struct_size; /* sizeof(jr_symlink) */
  uint32_t reserved;    /* 0 */
  jr_path path;         /* in the jail */
  jr_str target;        /* where it leads the program; it need not exist; 1 to 4095 bytes */
} jr_symlink;

/* A device node. If one with this type and number exists already, its owner and mode are set, and restored
 * when the jail is removed. */
typedef struct jr_node {
  uint32_t struct_size; /* sizeof(jr_node) */
  uint32_t mode;        /* permission bits, exact */
  jr_path path;         /* in the jail */
  jr_owner owner;
  uint32_t type;  /* JR_NODE_CHAR or JR_NODE_BLOCK */
  uint32_t major; /* below 4096: 12 bits, as MINORBITS of the kernel's linux/kdev_t.h leaves */
  uint32_t minor; /* below 1048576: 20 bits, MINORBITS of the kernel's linux/kdev_t.h */
  uint32_t flags; /* JR_NODE_MAY_FAIL */
} jr_node;

#define JR_NODE_CHAR 0u
#define JR_NODE_BLOCK 1u

/* Bits of jr_node.flags. */
#define JR_NODE_MAY_FAIL 1u /* if the kernel refuses the node, a warning is logged and the launch continues */

/* Bits of jr_bind.flags, jr_mount.flags and jr_overlay.flags; each of the first four is the flag of
 * mount(2) of that name. */
#define JR_MOUNT_READ_ONLY 1u
#define JR_MOUNT_NODEV 2u
#define JR_MOUNT_NOSUID 4u
#define JR_MOUNT_NOEXEC 8u
#define JR_BIND_RECURSIVE 16u /* jr_bind only: with the mounts below the source, to which all bits apply */
#define JR_MOUNT_PREPARE 32u  /* jr_mount only: see there */
#define JR_BIND_IDMAP 64u     /* jr_bind only: its owners are mapped as the planned user namespace maps ids */
#define JR_BIND_IDMAP_IF_SUPPORTED \
  128u /* where the kernel or the filesystem can't, the launch warns and shows it with its owners */

/* A host directory or file shown at a place in the jail, which must exist and be of the same kind. The
 * source is opened in prepare and placed in enter, inside the jail's own mount namespace: the host's mount
 * table never shows it. */
typedef struct jr_bind {
  uint32_t struct_size; /* sizeof(jr_bind) */
  uint32_t flags;       /* JR_MOUNT_READ_ONLY, ..., JR_BIND_... */
  jr_str source;        /* host path; symbolic links in it are followed */
  jr_path path;         /* in the jail */
} jr_bind;

/* A new filesystem mounted at a directory in the jail, in the jail's own mount namespace: the host's mount
 * table never shows it.
 *
 * What was planned below its path before would be hidden, and is refused.
 *
 * With JR_MOUNT_PREPARE the filesystem is made in prepare, and `source` must be empty, as the runner chooses it.
 * Each `key=value` of the data is passed to the kernel as a separate option, and can't contain a comma.
 *  - At "/" it is mounted in prepare, on the host, so that what the program makes in it is seen at the host
 *    path; it is unmounted when the jail is removed. It is planned before anything in the root, whose directory
 *    must be empty.
 *  - Elsewhere it is mounted in enter like any other, and until then nowhere. What is planned below its path
 *    after it is made in it, and is gone with the jail's last process: directory, write, copy, symlink, node.
 *    JR_MOUNT_READ_ONLY comes into force when it is mounted. A directory planned at the path itself is its
 *    root, which has owner and mode of the data. No alternative may hold it. */
typedef struct jr_mount {
  uint32_t struct_size; /* sizeof(jr_mount) */
  uint32_t flags;       /* JR_MOUNT_... */
  jr_str type;          /* "tmpfs", "proc", ... as in /proc/filesystems */
  jr_str source;        /* shown by /proc/PID/mountinfo; empty: the type */
  jr_path path;         /* in the jail */
  jr_str data;          /* the filesystem's own options: "size=16m,mode=0700" */
} jr_mount;

/* The jail's root as an overlay: it shows a host directory, which is never changed; changes are kept outside
 * the root and removed with the jail. Mounted in prepare and unmounted like a jr_mount with JR_MOUNT_PREPARE,
 * and planned at the same place. If jr_directory, jr_write, jr_copy and jr_link then find something at their
 * path, it is the image's: a directory is given owner and mode, a file makes room. */
typedef struct jr_overlay {
  uint32_t struct_size; /* sizeof(jr_overlay) */
  uint32_t flags;       /* JR_MOUNT_READ_ONLY, JR_MOUNT_NODEV, JR_MOUNT_NOSUID, JR_MOUNT_NOEXEC */
  jr_str lower;         /* host path of the directory; symbolic links in it are followed */
  jr_owner owner;       /* of the root */
  uint32_t mode;        /* of the root: permission bits, exact */
  uint32_t reserved;    /* 0 */
} jr_overlay;

/* Bits of jr_cgroup.flags. */
#define JR_CGROUP_DEFAULT 1u /* counts only if no request without this bit names the same file */
#define JR_CGROUP_JOIN 2u    /* joins an existing group as it is; file and value are empty, version is 2 */

/* A request: in the hierarchy that carries the file's controller, the jail is in this group, with this value.
 * The runner merges the requests of all stages by hierarchy and file: the last one wins. It makes the groups,
 * lets cpuset.cpus and cpuset.mems that are still empty inherit from the parent, enables version 2
 * controllers down the path, writes each value once, and joins. */
typedef struct jr_cgroup {
  uint32_t struct_size; /* sizeof(jr_cgroup) */
  uint32_t flags;       /* JR_CGROUP_... */
  jr_str group;         /* relative to the hierarchy's mount: "firecracker/web-1" */
  jr_str file;          /* "cpuset.cpus"; the part before the first dot names the controller */
  jr_str value;         /* written as it is */
  uint32_t version;     /* 1 or 2: which kind of hierarchy; 0: whichever carries the controller */
  uint32_t reserved;    /* 0 */
} jr_cgroup;

/* Joins an existing namespace: opened in prepare, checked to be one of that type, joined in enter. */
typedef struct jr_join {
  uint32_t struct_size; /* sizeof(jr_join) */
  uint32_t type;        /* a CLONE_NEW... flag of linux/sched.h, see setns(2): 0x40000000 is CLONE_NEWNET */
  jr_str path;          /* absolute host path */
} jr_join;

/* A limit of setrlimit(2). It takes effect immediately before the exec, wherever the stage is in the
 * pipeline; a hard limit is raised while there are privileges to do so. */
typedef struct jr_limit {
  uint32_t struct_size; /* sizeof(jr_limit) */
  uint32_t resource;    /* RLIMIT_... of sys/resource.h */
  uint64_t soft;        /* in the resource's own unit; UINT64_MAX: unlimited, RLIM64_INFINITY of the kernel */
  uint64_t hard;        /* the same; not below soft */
} jr_limit;

/* How long the program may run. */
typedef struct jr_time_limit {
  uint32_t struct_size; /* sizeof(jr_time_limit) */
  uint32_t reserved;    /* 0 */
  uint64_t wall_ms;     /* from its exec on, in milliseconds; 0: unlimited */
  uint64_t cpu_s;       /* CPU time of each of its processes, in seconds; 0: unlimited */
  uint64_t grace_ms;    /* between being asked to end and being killed */
} jr_time_limit;

/* What a standard stream becomes. */
#define JR_STREAM_KEEP 0u /* the caller's */
#define JR_STREAM_NULL 1u /* /dev/null, read-write */
#define JR_STREAM_FILE \
  2u /* stdout, stderr: appended to a host file, which is made if missing: root's, 0640 */
#define JR_STREAM_SYSLOG 3u /* stdout, stderr: the host's /dev/log, see syslog(3); each write is a message */

/* A new session, not led by the program, in a child; the caller returns once the exec has succeeded. */
typedef struct jr_session {
  uint32_t struct_size; /* sizeof(jr_session) */
  uint32_t streams[3];  /* JR_STREAM_... for stdin, stdout, stderr; stdin: JR_STREAM_KEEP or JR_STREAM_NULL */
  jr_str files[3];      /* for JR_STREAM_FILE its absolute host path; else empty */
} jr_session;

/* User and group ids, real, effective and saved, and exactly these supplementary groups. */
typedef struct jr_credentials {
  uint32_t struct_size; /* sizeof(jr_credentials) */
  uint32_t group_count;
  jr_owner owner;
  const uint32_t* groups; /* supplementary group ids; NULL with a count of 0: none */
} jr_credentials;

/* Memory policy and CPU affinity, for hosts without a cpuset controller. */
typedef struct jr_numa {
  uint32_t struct_size; /* sizeof(jr_numa) */
  uint32_t node;        /* bind memory to this node, as with MPOL_BIND of set_mempolicy(2) */
  jr_str cpus;          /* run on these CPUs: "0-3,8", as in /sys/devices/system/node/nodeN/cpulist */
} jr_numa;

/* Bits of jr_exec.flags. */
#define JR_EXEC_JAILER_ARGUMENTS 1u /* --id and three start times after argv[0], as the jailer gives them */
#define JR_EXEC_NEW_PRIVILEGES 2u   /* without it no_new_privs is set: no exec gives the program privileges */

/* The program that takes the process's place. */
typedef struct jr_exec {
  uint32_t struct_size;  /* sizeof(jr_exec) */
  uint32_t flags;        /* JR_EXEC_... */
  jr_path path;          /* in the jail */
  jr_str_list arguments; /* argv[1] and on; argv[0] is the path */
  /* The complete environment: "NAME=VALUE", or "NAME" for the caller's value, if the caller has one. Of two with
   * the same name the later one counts. */
  jr_str_list environment;
} jr_exec;

/* Bits of jr_filter.flags. */
#define JR_FILTER_LOG 1u        /* SECCOMP_FILTER_FLAG_LOG of seccomp(2) */
#define JR_FILTER_SPEC_ALLOW 2u /* SECCOMP_FILTER_FLAG_SPEC_ALLOW of seccomp(2) */
#define JR_FILTER_EXEC_ONCE 4u  /* no exec gets through but the launch's own, whatever the filter says */
#define JR_FILTER_EXEC_KILLS 8u /* with EXEC_ONCE: any other kills the program; else it fails with EPERM */
#define JR_FILTER_NOTIFY 16u    /* the supervisor answers and notes what gets SECCOMP_RET_USER_NOTIF */

/* A filter of system calls, see seccomp(2), that the program begins with and can't take off. It is the last
 * thing that is done before the exec, wherever the stage is in the pipeline. So it must let through what the
 * process itself still calls under it, whatever the arguments: execve, and what ends a process whose exec has
 * failed. The runner asks the filter while planning, and refuses one that would not. JR_FILTER_EXEC_ONCE is for one
 * filter of a plan, and for a program whose uid is not 0 and that keeps no capability by which it could reach the
 * kernel itself; then the program can call neither execve nor execveat, on any architecture.
 *
 * JR_FILTER_NOTIFY is for one filter of a plan, and a supervised launch. Calls fail with error_number then, unless
 * `learn` names a file: then they are made, and when the program has ended the file is a profile that allows them,
 * beside those that it allowed before. Either way 'jailrun violations' shows them. Without the supervisor they fail
 * with ENOSYS. */
typedef struct jr_filter {
  uint32_t struct_size;  /* sizeof(jr_filter) */
  uint32_t flags;        /* JR_FILTER_... */
  jr_str name;           /* what the plan and errors call it: "docker" */
  jr_str line;           /* what the plan shows beside its name and its size; may be empty */
  jr_bytes program;      /* struct sock_filter[] of linux/filter.h: 1 to 4096 instructions of 8 bytes */
  uint32_t error_number; /* with NOTIFY: 1 to 4095; 0 with `learn` */
  uint32_t reserved;     /* 0 */
  jr_str learn;          /* an absolute host path, in a directory that only root can write to; may be empty */
} jr_filter;

/* What is done with files: the kernel's LANDLOCK_ACCESS_FS_... of linux/landlock.h, with the same values, as many
 * as version 6 of its interface (ABI) has. EXECUTE, WRITE_FILE, READ_FILE, TRUNCATE and IOCTL_DEV count
 * for files, wherever below the path; the others for directories, and are left out where the path is a file's. */
#define JR_LANDLOCK_EXECUTE 1u /* a file; the exec opens it for reading too */
#define JR_LANDLOCK_WRITE_FILE 2u
#define JR_LANDLOCK_READ_FILE 4u
#define JR_LANDLOCK_READ_DIR 8u /* list it, or open it */
#define JR_LANDLOCK_REMOVE_DIR 16u
#define JR_LANDLOCK_REMOVE_FILE 32u
#define JR_LANDLOCK_MAKE_CHAR 64u
#define JR_LANDLOCK_MAKE_DIR 128u
#define JR_LANDLOCK_MAKE_REG 256u
#define JR_LANDLOCK_MAKE_SOCK 512u
#define JR_LANDLOCK_MAKE_FIFO 1024u
#define JR_LANDLOCK_MAKE_BLOCK 2048u
#define JR_LANDLOCK_MAKE_SYM 4096u
#define JR_LANDLOCK_REFER 8192u      /* ABI 2: move or link to another directory */
#define JR_LANDLOCK_TRUNCATE 16384u  /* ABI 3 */
#define JR_LANDLOCK_IOCTL_DEV 32768u /* ABI 5: ioctl(2) on a device */

/* What is done with TCP ports: LANDLOCK_ACCESS_NET_... of linux/landlock.h. */
#define JR_LANDLOCK_BIND_TCP 1u    /* ABI 4 */
#define JR_LANDLOCK_CONNECT_TCP 2u /* ABI 4 */

/* What can't leave the jail: LANDLOCK_SCOPE_... of linux/landlock.h. */
#define JR_LANDLOCK_SCOPE_ABSTRACT_UNIX_SOCKET 1u /* ABI 6: connecting to one that was made outside */
#define JR_LANDLOCK_SCOPE_SIGNAL 2u               /* ABI 6: a signal to a process outside */

/* Something below a path that is allowed. */
typedef struct jr_landlock_path {
  jr_path path; /* in the jail; "/" too. Through no symbolic link; it must exist when the jail is entered */
  uint64_t access; /* JR_LANDLOCK_EXECUTE, ..., of those in jr_landlock.files */
} jr_landlock_path;

/* Something with a TCP port that is allowed. */
typedef struct jr_landlock_port {
  uint64_t port;   /* 0 to 65535; to bind 0 gives the program any port of the kernel's choice */
  uint64_t access; /* JR_LANDLOCK_BIND_TCP, ..., of those in jr_landlock.ports */
} jr_landlock_port;

/* Bits of jr_landlock.flags. */
#define JR_LANDLOCK_IF_SUPPORTED 1u /* what the kernel can't restrict is left free, with a warning */

/* Restricts the program by Landlock, see landlock(7): what `files`, `ports` and `scopes` name is denied, unless
 * a rule allows it. Of several each must allow it. The rules must let the program itself be read and executed:
 * this is judged while planning. Without JR_LANDLOCK_IF_SUPPORTED a launch is refused where the kernel can't
 * restrict all that is named. */
typedef struct jr_landlock {
  uint32_t struct_size;          /* sizeof(jr_landlock) */
  uint32_t flags;                /* JR_LANDLOCK_IF_SUPPORTED */
  uint64_t files;                /* what can be done with files only below `paths`; 0: files stay free */
  uint64_t ports;                /* what can be done with TCP only with `port_rules` */
  uint64_t scopes;               /* JR_LANDLOCK_SCOPE_... */
  const jr_landlock_path* paths; /* NULL with a count of 0: none */
  uint64_t path_count;
  const jr_landlock_port* port_rules; /* NULL with a count of 0: none */
  uint64_t port_count;
} jr_landlock;

/* The program's capabilities, see capabilities(7): a set has bit n for number n of linux/capability.h. One
 * that this kernel does not know is left out, and the plan says so. All of it takes effect immediately before
 * the exec, after every other action but filters, wherever the stage is in the pipeline. The exec then computes
 * what the program has: one whose uid is not 0 what is ambient; one whose uid is 0, without SECBIT_NOROOT, all
 * that is in the bounding or the inheritable set, of which no_new_privs leaves what is permitted. See
 * plugins/capabilities/README.md. */
typedef struct jr_capabilities {
  uint32_t struct_size; /* sizeof(jr_capabilities) */
  uint32_t securebits;  /* SECBIT_... of linux/securebits.h, added to those that the runner has */
  uint64_t bounding;    /* what remains of the bounding set; UINT64_MAX: all of it */
  uint64_t permitted;   /* and effective, in the exec; the runner must have them */
  uint64_t inheritable; /* the runner must have them, too */
  uint64_t ambient;     /* of those that are both permitted and inheritable */
} jr_capabilities;

/* Bits of jr_new_namespace.flags. */
#define JR_NAMESPACE_IF_SUPPORTED \
  1u /* if this kernel can't make it, the launch warns and continues without it */

/* A namespace of the process's own, see namespaces(7). In a new network namespace the loopback interface is
 * up, and there is no other. A new cgroup namespace has the group that the process is in as its root, so no
 * stage after this one can plan to join a group. The process enters a new time namespace by the exec; the
 * offsets are added to what the clocks of the launch show. */
typedef struct jr_new_namespace {
  uint32_t struct_size; /* sizeof(jr_new_namespace) */
  /* One CLONE_NEW... flag of linux/sched.h: NEWIPC 0x08000000, NEWUTS 0x04000000, NEWCGROUP 0x02000000, NEWNET
   * 0x40000000, NEWTIME 0x80 */
  uint32_t type;
  uint32_t flags;    /* JR_NAMESPACE_IF_SUPPORTED */
  uint32_t reserved; /* 0 */
  jr_str hostname;   /* NEWUTS only: at most 64 bytes; empty: as it was */
  jr_str domainname; /* the same for setdomainname(2) */
  int64_t monotonic; /* NEWTIME only: offset of CLOCK_MONOTONIC in nanoseconds */
  int64_t boottime;  /* the same for CLOCK_BOOTTIME */
} jr_new_namespace;

/* Bits of jr_user_namespace.flags, besides JR_NAMESPACE_IF_SUPPORTED. */
#define JR_USER_NAMESPACE_SETGROUPS 2u /* setgroups(2) is possible in it; else the kernel refuses it to all */
#define JR_USER_NAMESPACE_NESTED 4u    /* others can be made in it; else the limit on that is 0 in it */

/* Ids of a user namespace, and what they are outside: `inside` + i is `outside` + i, for each i below `count`. */
typedef struct jr_id_range {
  uint32_t inside;
  uint32_t outside; /* as the runner sees it */
  uint32_t count;   /* at least 1; no id is 4294967295 */
} jr_id_range;

/* A user namespace of the program's own, see user_namespaces(7). It is made before the jail is entered, and
 * entered together with the credentials, whose ids are those outside and must be mapped. All other namespaces
 * belong to the runner's: the program has no capability over them, whatever its uid. Files in the jail have the
 * owners that they have outside. */
typedef struct jr_user_namespace {
  uint32_t struct_size;    /* sizeof(jr_user_namespace) */
  uint32_t flags;          /* JR_NAMESPACE_IF_SUPPORTED, JR_USER_NAMESPACE_... */
  const jr_id_range* uids; /* 1 to 340, which do not overlap */
  uint64_t uid_count;
  const jr_id_range* gids; /* the same */
  uint64_t gid_count;
  /* lease_count ids in a row, uids and gids of the same numbers, that no other jail of the host has at the same
   * time: chosen at launch among those outside of lease_pool, whose `inside` is 0, and mapped to lease_inside and
   * on. They are the jail's until it is removed. 0: none. */
  const jr_id_range* lease_pool;
  uint64_t lease_pool_count;
  uint32_t lease_inside;
  uint32_t lease_count;
} jr_user_namespace;

/* What an attribute is. Where nothing is said of them, `value` and `second` are 0, and `text` is empty. */
#define JR_ATTRIBUTE_NICE 1u   /* value: -20 to 19, see setpriority(2) */
#define JR_ATTRIBUTE_POLICY 2u /* value: SCHED_... of sched.h; second: 1 to 99 for SCHED_FIFO and SCHED_RR */
#define JR_ATTRIBUTE_IO_PRIORITY 3u /* value: IOPRIO_CLASS_RT, _BE or _IDLE; second: 0 to 7; 0 for _IDLE */
#define JR_ATTRIBUTE_AFFINITY 4u    /* text: the CPUs that it runs on: "0-3,8" */
#define JR_ATTRIBUTE_OOM_SCORE 5u   /* value: -1000 to 1000, of /proc/PID/oom_score_adj */
#define JR_ATTRIBUTE_CORE_SCHEDULING 6u /* no process of another cookie beside it on a CPU core */
#define JR_ATTRIBUTE_DENY_WRITE_EXECUTE \
  7u                                   /* no memory that is writable and executable, or becomes executable */
#define JR_ATTRIBUTE_NO_SPECULATION 8u /* value: PR_SPEC_STORE_BYPASS or PR_SPEC_INDIRECT_BRANCH */
#define JR_ATTRIBUTE_UMASK 9u          /* value: 0 to 0777; 022 unless it is planned */
#define JR_ATTRIBUTE_NO_TERMINAL 10u   /* no controlling terminal; open descriptors of it stay */
#define JR_ATTRIBUTE_OWN_TERMINAL 11u  /* a pseudo-terminal of its own, which the supervisor relays */
#define JR_ATTRIBUTE_NO_TIME_STAMPS \
  12u /* reading the time-stamp counter is SIGSEGV: PR_SET_TSC of prctl(2) */

/* Bits of jr_attribute.flags. */
#define JR_ATTRIBUTE_IF_SUPPORTED \
  1u /* where the kernel lacks it, the launch warns and continues without it */

/* Something that the kernel passes on to the program from the process that executes it. Each kind once in a
 * plan, NO_SPECULATION once for each value. */
typedef struct jr_attribute {
  uint32_t struct_size; /* sizeof(jr_attribute) */
  uint32_t kind;        /* JR_ATTRIBUTE_... */
  int64_t value;
  int64_t second;
  jr_str text;
  uint32_t flags;    /* JR_ATTRIBUTE_IF_SUPPORTED */
  uint32_t reserved; /* 0 */
} jr_attribute;

/* What is done with a device, for jr_device_rule.access: BPF_DEVCG_ACC_... of linux/bpf.h. */
#define JR_DEVICE_MKNOD 1u /* a node for it is made */
#define JR_DEVICE_READ 2u  /* it is opened for reading */
#define JR_DEVICE_WRITE 4u /* it is opened for writing */

#define JR_DEVICE_ANY 4294967295u /* any type, major or minor number */

/* Devices that can be used. */
typedef struct jr_device_rule {
  uint32_t type;   /* JR_NODE_CHAR, JR_NODE_BLOCK or JR_DEVICE_ANY */
  uint32_t major;  /* or JR_DEVICE_ANY */
  uint32_t minor;  /* or JR_DEVICE_ANY */
  uint32_t access; /* JR_DEVICE_READ, ... */
} jr_device_rule;

/* Bits of jr_device_rules.flags. */
#define JR_DEVICE_RULES_IF_SUPPORTED \
  1u /* where the kernel can't enforce them, the launch warns and continues without them */
#define JR_DEVICE_RULES_NODES \
  2u /* besides: the devices whose nodes the launch makes or binds in the jail can be read and written */

/* The devices that the processes of the jail's group in the cgroup version 2 hierarchy can use: none but these,
 * whatever nodes they reach. What is asked of a device may be allowed by several rules together. A device that is
 * open already stays so. */
typedef struct jr_device_rules {
  uint32_t struct_size;        /* sizeof(jr_device_rules) */
  uint32_t flags;              /* JR_DEVICE_RULES_... */
  jr_str group;                /* relative to the hierarchy, as jr_cgroup.group; it is the jail's own */
  const jr_device_rule* rules; /* NULL with a count of 0: none */
  uint64_t rule_count;         /* at most 500 */
} jr_device_rules;

/* Which security module a label is for. */
#define JR_LABEL_APPARMOR 1u /* text: the name of a profile that is loaded */
#define JR_LABEL_SELINUX 2u  /* text: a context, such as "system_u:system_r:vm_t:s0" */

/* Bits of jr_label.flags. */
#define JR_LABEL_IF_SUPPORTED \
  1u /* where that module is not in force, the launch warns and continues without the label */

/* The label that a Linux security module gives the program when it is executed. Each kind once in a plan. */
typedef struct jr_label {
  uint32_t struct_size; /* sizeof(jr_label) */
  uint32_t kind;        /* JR_LABEL_APPARMOR or JR_LABEL_SELINUX */
  jr_str text;
  uint32_t flags;    /* JR_LABEL_IF_SUPPORTED */
  uint32_t reserved; /* 0 */
} jr_label;

/* Bits of jr_helper.flags. */
#define JR_HELPER_NETWORK 1u /* the program gets a network namespace of its own, which the helper can enter */
#define JR_HELPER_BACKGROUND \
  2u /* ready when its first process has exited with status 0 and left another; else by its exec */

/* A program that runs beside the jail's, as long as that does. What is promised:
 *  - The executable and every directory above it are judged like a plugin: root's, and writable by nobody else. What
 *    was judged is executed by its descriptor, so it can't be a script. It runs on the host, outside of the jail and
 *    of its cgroups, with these ids, no capabilities, no_new_privs, no supplementary groups, a session and a keyring
 *    of its own, umask 077, the working directory /, and no open descriptors but the standard streams: /dev/null, and
 *    for errors a file of 4 KiB, whose last line is told if it does not become ready. What it writes beyond fails.
 *  - It runs in a pid namespace of its own, whose process 1, the keeper, is jailrun's: whatever it starts ends with it.
 *    It ends when the program's process has ended, or the launch fails or is killed: SIGTERM, after half a second
 *    SIGKILL. `jailrun rm` ends it too, and `jailrun inspect` shows whether it lives. That it ends by itself does not
 *    end the jail.
 *  - With JR_HELPER_NETWORK the program's network namespace belongs to a user namespace that belongs to the helper's
 *    uid: so it can enter both, see setns(2), and has all capabilities in there. The loopback interface is up. The
 *    arguments "{user-namespace}" and "{network-namespace}" become their paths, which are valid until it is ready. */
typedef struct jr_helper {
  uint32_t struct_size; /* sizeof(jr_helper) */
  uint32_t flags;       /* JR_HELPER_... */
  jr_str name; /* unique in the plan: letters, digits, '-', '.', '_', which the plan and the ledger show */
  jr_str path; /* absolute host path of the executable */
  jr_str_list arguments;   /* argv[1] and on; argv[0] is the path */
  jr_str_list environment; /* all of it: "NAME=VALUE" */
  jr_owner owner;          /* neither is 0. A uid of its own: processes with the same uid can end it */
  uint64_t start_ms;       /* it must be ready by then, in milliseconds; 1 to 600000 */
} jr_helper;

/* Work that no action above covers, done by the stage's own perform and undone by its release. */
typedef struct jr_call {
  uint32_t struct_size;     /* sizeof(jr_call) */
  uint32_t phase;           /* JR_PREPARE or JR_ENTER */
  jr_str name;              /* passed to perform, release and command */
  jr_str line;              /* what the plan shows as the object */
  jr_bytes payload;         /* data, not a closure: another process may have to release it; at most 64 KiB */
  uint32_t payload_version; /* the plugin's own */
  uint32_t reserved;        /* 0 */
} jr_call;

/* Appends actions to the plan. A function that is NULL, or that lies beyond struct_size, is one that this
 * runner lacks. Arguments are copied. A fault in an action is recorded as by jr_host.fail, and the plan is
 * refused even if the stage goes on, so a stage need not look at each status. */
struct jr_actions {
  uint32_t struct_size; /* sizeof(jr_actions) of the runner */
  uint32_t abi_minor;   /* JR_ABI_MINOR of the runner */

  /* [plan -> prepare] Claims <base>/<name>/<id> for this launch, atomically: directories down to <id> are
   * made if missing, root's, 0755, and the plan is published there as the ledger. Exactly once in a plan,
   * before every action that makes something. `base` is a host path; `name` and `id` are single components
   * that do not begin with a dot. If the id is taken, the launch fails. */
  jr_status (*claim)(jr_ctx* ctx, jr_str base, jr_str name, jr_str id);

  /* [plan -> prepare] Closes the descriptors that the runner inherited, except 0, 1, 2 and the `keep_count`
   * numbers at `keep`. */
  jr_status (*close_inherited)(jr_ctx* ctx, const uint32_t* keep, uint64_t keep_count);

  /* [plan -> prepare] A directory on the host that is the jail's root from here on: JR_IN_JAIL paths begin at
   * it. After claim. Planned again with the same path it is made only once: a stage that mounts on it comes
   * before the one that fills it. Another path is JR_ERROR_INTERNAL. */
  jr_status (*root)(jr_ctx* ctx, const jr_directory* directory);

  /* [plan -> prepare] Makes a directory. After claim; in the jail, after root. */
  jr_status (*directory)(jr_ctx* ctx, const jr_directory* directory);

  /* [plan -> prepare] Makes a file with this content. After root. */
  jr_status (*write)(jr_ctx* ctx, const jr_write* write);

  /* [plan -> prepare] Copies a host file into the jail. After root. */
  jr_status (*copy)(jr_ctx* ctx, const jr_copy* copy);

  /* [plan -> prepare] Makes a device node. After root. Needs CAP_MKNOD. */
  jr_status (*node)(jr_ctx* ctx, const jr_node* node);

  /* [plan -> prepare] Makes a file with the program's decimal pid, in the caller's pid namespace, without a
   * newline. It is written before the program may start. After root; `path` is in the jail, `mode` exact. */
  jr_status (*pid_file)(jr_ctx* ctx, jr_path path, uint32_t mode, jr_owner owner);

  /* [plan -> prepare, enter] Requests a cgroup value; the process joins the group in enter. After claim. No
   * alternative may hold it. */
  jr_status (*cgroup)(jr_ctx* ctx, const jr_cgroup* cgroup);

  /* [plan -> prepare, enter] A private mount namespace whose root is the jail's root, slave to the host, the
   * old root gone; cwd is /. After root. Needs CAP_SYS_ADMIN; the stage declares JR_TRAIT_CHANGES_ROOT. */
  jr_status (*new_root)(jr_ctx* ctx);

  /* [plan -> prepare, enter] Shows a host directory or file in the jail. After new_root. With JR_BIND_IDMAP a stage
   * before or after must plan a user namespace: a file of uid 0 on the host is then one of the program's uid 0, and
   * so is what the program makes there. */
  jr_status (*bind)(jr_ctx* ctx, const jr_bind* bind);

  /* [plan -> enter] Mounts a new filesystem in the jail. After new_root. With JR_MOUNT_PREPARE
   * [plan -> prepare, enter]; at "/" [plan -> prepare], once, after root. Before anything that is planned in
   * it. */
  jr_status (*mount)(jr_ctx* ctx, const jr_mount* mount);

  /* [plan -> prepare, enter] Joins an existing namespace. */
  jr_status (*join)(jr_ctx* ctx, const jr_join* join);

  /* [plan -> enter] Sets memory policy and CPU affinity. */
  jr_status (*numa)(jr_ctx* ctx, const jr_numa* numa);

  /* [plan -> prepare, enter] Runs the program in a new session. Files and sockets are opened in
   * prepare. Needs the trait JR_TRAIT_FORKS. */
  jr_status (*session)(jr_ctx* ctx, const jr_session* session);

  /* [plan -> enter] Changes to these ids and groups. The stage declares JR_TRAIT_DROPS_PRIVILEGE: later enter
   * actions have the program's privileges only. */
  jr_status (*credentials)(jr_ctx* ctx, const jr_credentials* credentials);

  /* [plan -> enter] Sets a resource limit. A soft limit above the hard one is JR_ERROR_INPUT. No
   * alternative may hold it. */
  jr_status (*limit)(jr_ctx* ctx, const jr_limit* limit);

  /* [plan -> enter] Starts the program. At most once in a plan, and its last action. Needs the trait
   * JR_TRAIT_TERMINAL. */
  jr_status (*exec)(jr_ctx* ctx, const jr_exec* exec);

  /* [plan -> prepare, enter] Calls this stage's perform, in the phase that jr_call.phase names. After claim.
   * */
  jr_status (*call)(jr_ctx* ctx, const jr_call* call);

  /* [plan -> prepare] Another name of the jail: <base>/<name>/<id> becomes a symbolic link to the directory
   * that was claimed. After claim. Refused if something else is already there. */
  jr_status (*alias)(jr_ctx* ctx, jr_str name);

  /* [plan -> enter] A new pid namespace, in which the program is process 1; it is a child, and the caller
   * returns once the exec has succeeded. Needs the trait JR_TRAIT_FORKS. */
  jr_status (*pid_namespace)(jr_ctx* ctx);

  /* [plan -> prepare] Makes a hard link to a host file. After root. */
  jr_status (*link)(jr_ctx* ctx, const jr_link* link);

  /* [plan -> prepare] Mounts an overlay on the jail's root. Once, after root and before anything
   * that is planned in it. */
  jr_status (*overlay_root)(jr_ctx* ctx, const jr_overlay* overlay);

  /* [plan] Begins alternatives, for work that some hosts can do by one method and others by another: a
   * reflink, else a hard link, else a copy. After first_of each call of `alternative` begins one, made of all
   * that is planned until the next; end_first_of ends the last. The plan shows all of them; the ledger names
   * the one that was taken.
   *
   * The choice is made in prepare. The actions of the first alternative are performed. If one fails with
   * EXDEV, EOPNOTSUPP or ENOSYS, what this alternative has done is rolled back and the next one is tried; any
   * other failure, and that of the last alternative, fails the launch. For a `link` EPERM and EMLINK count
   * too, and for a `copy` with JR_COPY_REFLINK EINVAL and ENOTTY: that is how the kernel reports that this
   * file can't be linked or shared. Enter actions are performed if their alternative was taken, and their
   * failure fails the launch.
   *
   * An alternative may hold directory, write, copy, link, symlink, node, bind, mount, join and call,
   * and no other first_of. */
  jr_status (*first_of)(jr_ctx* ctx);

  /* [plan] Begins the next alternative. `name` is unique within its first_of and not empty. Each but the last
   * must hold a prepare action: otherwise it could never fail, and the next would never be tried. */
  jr_status (*alternative)(jr_ctx* ctx, jr_str name);

  /* [plan] Ends the last alternative. Each first_of needs it before plan returns. */
  jr_status (*end_first_of)(jr_ctx* ctx);

  /* [plan -> enter] Loads a filter of system calls, right before the exec. Of several each is asked at every
   * call, and the strictest verdict counts. Needs the trait JR_TRAIT_RESTRICTS. No alternative may hold it.
   * Needs no_new_privs, which exec sets unless JR_EXEC_NEW_PRIVILEGES says otherwise, or a program that stays
   * root. */
  jr_status (*filter)(jr_ctx* ctx, const jr_filter* filter);

  /* [plan -> enter] Restricts the program by Landlock. The rules' paths are opened with the program's own rights,
   * and the restriction comes into force right before the exec and before any filter. After new_root. Needs the
   * trait JR_TRAIT_RESTRICTS. No alternative may hold it. Needs no_new_privs, as `filter` does. */
  jr_status (*landlock)(jr_ctx* ctx, const jr_landlock* landlock);

  /* [plan -> enter] Sets the program's capabilities and securebits, after the credentials, whichever stage
   * plans those. At most once in a plan. Needs the trait JR_TRAIT_RESTRICTS, and CAP_SETPCAP unless the bounding
   * set stays as it is and there are no securebits. No alternative may hold it. */
  jr_status (*capabilities)(jr_ctx* ctx, const jr_capabilities* capabilities);

  /* [plan -> prepare, enter] Makes a namespace of the process's own and enters it. Each type once in a plan,
   * and not beside a `join` of that type. No alternative may hold it. Needs CAP_SYS_ADMIN; CAP_NET_ADMIN for
   * NEWNET, CAP_SYS_TIME for offsets. */
  jr_status (*new_namespace)(jr_ctx* ctx, const jr_new_namespace* new_namespace);

  /* [plan -> prepare, enter] Makes a user namespace, which the action `credentials` enters: it must be planned
   * after this. At most once in a plan. No alternative may hold it. Needs CAP_SYS_ADMIN, CAP_SETUID, CAP_SETGID,
   * and CAP_SETFCAP where the uid 0 is mapped. */
  jr_status (*user_namespace)(jr_ctx* ctx, const jr_user_namespace* user_namespace);

  /* [plan -> enter] Gives the program an attribute. NICE to CORE_SCHEDULING take effect before the credentials,
   * so they are planned before those, as is OWN_TERMINAL; DENY_WRITE_EXECUTE, NO_SPECULATION and NO_TIME_STAMPS
   * right before the exec; UMASK is the exec's. OOM_SCORE opens /proc in prepare, and NO_TERMINAL the terminal.
   * OWN_TERMINAL opens one in prepare, and is JR_ERROR_INPUT in a launch without a supervisor, or with a
   * `session`. No alternative may hold it. Needs CAP_SYS_NICE for a real-time POLICY or IO_PRIORITY and a NICE
   * lower than the caller's, and CAP_SYS_RESOURCE for an OOM_SCORE lower than the caller's. */
  jr_status (*attribute)(jr_ctx* ctx, const jr_attribute* attribute);

  /* [plan -> prepare] Makes a symbolic link. After root. */
  jr_status (*symlink)(jr_ctx* ctx, const jr_symlink* symlink);

  /* [plan -> enter] Makes the mount of the jail's root read-only, in the jail's own mount namespace: neither
   * the program nor, after this, the launch can change anything in it but through what is mounted in it. Done
   * after all other mounts and right before the credentials are changed, wherever the stage is in the
   * pipeline. After new_root. Planned again it is done once. No alternative may hold it. */
  jr_status (*read_only_root)(jr_ctx* ctx);

  /* [plan -> enter] Limits the time that the program may run. After wall_ms the supervisor sends it SIGTERM and,
   * after grace_ms, kills the jail: JR_ERROR_INPUT in a launch without one. The limit on CPU time is RLIMIT_CPU:
   * SIGXCPU and, after the grace in CPU time, SIGKILL. Once in a plan, and without a `limit` on RLIMIT_CPU if
   * there is a cpu_s. No alternative may hold it. */
  jr_status (*time_limit)(jr_ctx* ctx, const jr_time_limit* time_limit);

  /* [plan -> prepare, enter] Makes jailrun's own init process 1 of the new pid namespace, and the program its
   * child. It reaps processes, forwards signals to the program, and exits when the program has: with its status,
   * or 128 + the signal's number. Once in a plan, after `pid_namespace`. */
  jr_status (*init)(jr_ctx* ctx);

  /* [plan -> prepare, enter] Limits the devices that the jail's processes can use, by a program of the kernel's
   * that is attached to the jail's group, which is made in prepare and joined in enter as by `cgroup`. It takes
   * effect right before the credentials are changed, so that nothing which the launch mounts is affected. Once
   * in a plan, and before `credentials`. No alternative may hold it. Needs CAP_SYS_ADMIN and CAP_NET_ADMIN. */
  jr_status (*device_rules)(jr_ctx* ctx, const jr_device_rules* device_rules);

  /* [plan -> prepare, enter] Has the program labelled by its exec. The module is told so through the host's
   * /proc, which is opened in prepare, and after the credentials are changed. Needs the trait
   * JR_TRAIT_RESTRICTS. No alternative may hold it. */
  jr_status (*label)(jr_ctx* ctx, const jr_label* label);

  /* [plan -> prepare, enter] Starts a program beside the jail's, which ends with that. After claim. With
   * JR_HELPER_NETWORK the process joins the namespace in enter: not beside another network namespace. No
   * alternative may hold it. Needs CAP_SYS_ADMIN, CAP_SETUID, CAP_SETGID, CAP_KILL, and CAP_SYS_PTRACE for
   * JR_HELPER_NETWORK. */
  jr_status (*helper)(jr_ctx* ctx, const jr_helper* helper);
};

#ifdef __cplusplus
}
#endif

#endif
