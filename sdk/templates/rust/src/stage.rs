//! A safe interface to jailrun_sdk.rs, as stage.hpp is for C++. It is yours: add the functions of jr_host and
//! jr_actions that your stage needs.
#![allow(dead_code)]

use crate::jailrun_sdk::*;
use std::any::Any;
use std::os::raw::{c_char, c_void};
use std::panic::{catch_unwind, AssertUnwindSafe};

/// Why a stage fails.
#[derive(Debug)]
pub enum Error {
    /// The stage's own sentence.
    Own { status: jr_status, number: i32, sentence: String },
    /// The runner refused, and has the sentence.
    Refused(jr_status),
}

impl Error {
    /// What the user asked for is not possible. The sentence begins with where the value came from.
    pub fn input(sentence: String) -> Error {
        Error::Own { status: JR_ERROR_INPUT, number: 0, sentence }
    }
    /// The kernel refused something about `object`.
    pub fn system(error: &std::io::Error, object: &str) -> Error {
        Error::Own {
            status: JR_ERROR_SYSTEM,
            number: error.raw_os_error().unwrap_or(0),
            sentence: object.to_string(),
        }
    }
}

/// A stage. Only `plan` must be written.
pub trait Stage: Default {
    fn configure(&mut self, _context: &Context) -> Result<(), Error> {
        Ok(())
    }
    fn plan(&mut self, plan: &Plan) -> Result<(), Error>;
    fn perform(&mut self, _context: &Context, name: &str, _payload: &[u8]) -> Result<(), Error> {
        Err(Error::input(format!("call '{name}' was planned, but perform is not written")))
    }
    fn release(&mut self, _context: &Context, _name: &str, _payload: &[u8], _why: u32) -> Result<(), Error> {
        Ok(())
    }
}

// ------------------------------------------------------------------------------------------------- strings

/// A constant string for the interface: with a NUL that its length does not count.
macro_rules! text {
    ($words:literal) => {
        $crate::stage::constant(concat!($words, "\0"))
    };
}
pub(crate) use text;

pub const fn constant(words: &'static str) -> jr_str {
    jr_str { data: words.as_ptr() as *const c_char, length: words.len() as u64 - 1 }
}

/// A copy with a NUL at its end, which the runner borrows for one call.
struct Lent(Vec<u8>);

impl Lent {
    fn new(words: &str) -> Lent {
        // An inner NUL would end the string early for who reads it as C does.
        let mut bytes: Vec<u8> = words.bytes().filter(|&byte| byte != 0).collect();
        bytes.push(0);
        Lent(bytes)
    }
    fn raw(&self) -> jr_str {
        jr_str { data: self.0.as_ptr() as *const c_char, length: self.0.len() as u64 - 1 }
    }
}

/// # Safety
/// `raw` is borrowed from the runner, and valid now.
unsafe fn copied(raw: jr_str) -> String {
    if raw.length == 0 {
        return String::new();
    }
    let bytes = std::slice::from_raw_parts(raw.data as *const u8, raw.length as usize);
    String::from_utf8_lossy(bytes).into_owned()
}

// ------------------------------------------------------------------------------------------- what is given

/// The runner's side of the call under way. What the runner refuses becomes an error.
pub struct Context {
    host: *const jr_host,
    ctx: *mut jr_ctx,
}

const EMPTY: jr_str = jr_str { data: std::ptr::null(), length: 0 };

fn judged(status: jr_status) -> Result<(), Error> {
    if status == JR_OK {
        Ok(())
    } else {
        Err(Error::Refused(status))
    }
}

/// Calls a function of the host's table; every runner has all of them.
macro_rules! host {
    ($self:ident.$function:ident($($argument:expr),*)) => {
        unsafe { ((*$self.host).$function.expect("the runner's table is whole"))($self.ctx $(, $argument)*) }
    };
}

impl Context {
    /// An option's last value; empty if it has none.
    pub fn option(&self, name: &str) -> Result<String, Error> {
        Ok(self.options(name)?.pop().unwrap_or_default())
    }
    pub fn options(&self, name: &str) -> Result<Vec<String>, Error> {
        let name = Lent::new(name);
        let mut values = Vec::new();
        for index in 0..host!(self.option_count(name.raw())) {
            let mut value = EMPTY;
            judged(host!(self.option(name.raw(), index, &mut value)))?;
            values.push(unsafe { copied(value) });
        }
        Ok(values)
    }
    /// Where a value came from, to begin an error's sentence with.
    pub fn origin(&self, name: &str, index: u64) -> String {
        let name = Lent::new(name);
        let origin = host!(self.option_origin(name.raw(), index));
        unsafe { copied(origin) }
    }
    pub fn text_fact(&self, name: &str) -> Result<String, Error> {
        let name = Lent::new(name);
        let mut value = EMPTY;
        judged(host!(self.read_text(name.raw(), &mut value)))?;
        Ok(unsafe { copied(value) })
    }
    pub fn number_fact(&self, name: &str) -> Result<u64, Error> {
        let name = Lent::new(name);
        let mut value = 0;
        judged(host!(self.read_number(name.raw(), &mut value)))?;
        Ok(value)
    }
    /// The jail's user and group; needs the facts jail.uid and jail.gid.
    pub fn user(&self) -> Result<jr_owner, Error> {
        let uid = self.number_fact("jail.uid")? as u32;
        Ok(jr_owner { uid, gid: self.number_fact("jail.gid")? as u32 })
    }
    pub fn has_fact(&self, name: &str) -> bool {
        let name = Lent::new(name);
        host!(self.has_fact(name.raw())) != 0
    }
    pub fn publish_text(&self, name: &str, value: &str) -> Result<(), Error> {
        let (name, value) = (Lent::new(name), Lent::new(value));
        judged(host!(self.publish_text(name.raw(), value.raw())))
    }
    pub fn publish_number(&self, name: &str, value: u64) -> Result<(), Error> {
        let name = Lent::new(name);
        judged(host!(self.publish_number(name.raw(), value)))
    }
    pub fn log(&self, level: u32, message: &str) {
        let message = Lent::new(message);
        host!(self.log(level, message.raw()))
    }
    /// The launch's own random token; in perform and release.
    pub fn token(&self) -> Result<[u8; 16], Error> {
        let mut token = [0; 16];
        judged(host!(self.token(token.as_mut_ptr())))?;
        Ok(token)
    }
    /// In perform only.
    pub fn set_slot(&self, name: &str, value: &str) -> Result<(), Error> {
        let (name, value) = (Lent::new(name), Lent::new(value));
        judged(host!(self.set_slot(name.raw(), value.raw())))
    }
    /// In perform and release; None if it was never set.
    pub fn slot(&self, name: &str) -> Option<String> {
        let name = Lent::new(name);
        let mut value = EMPTY;
        judged(host!(self.slot(name.raw(), &mut value))).ok()?;
        Some(unsafe { copied(value) })
    }

    fn fail(&self, error: &Error) -> jr_status {
        match error {
            Error::Refused(status) => *status,
            Error::Own { status, number, sentence } => {
                let sentence = Lent::new(sentence);
                host!(self.fail(*status, *number, sentence.raw()))
            }
        }
    }
}

/// A context to which actions can be appended. Paths are in the jail.
pub struct Plan {
    context: Context,
    actions: *const jr_actions,
}

impl std::ops::Deref for Plan {
    type Target = Context;
    fn deref(&self) -> &Context {
        &self.context
    }
}

/// Calls one function of the table of actions, if this runner's table reaches that far and has it.
macro_rules! action {
    ($self:ident.$function:ident($($argument:expr),*)) => {{
        let table = $self.actions;
        let place = unsafe { std::ptr::addr_of!((*table).$function) };
        let end = place as usize - table as usize + std::mem::size_of::<*const ()>();
        let function = if end <= unsafe { (*table).struct_size } as usize { unsafe { *place } } else { None };
        match function {
            Some(function) => judged(unsafe { function($self.context.ctx $(, $argument)*) }),
            None => Err(Error::Own {
                status: JR_ERROR_UNSUPPORTED,
                number: 0,
                sentence: format!("this jailrun has no action '{}': a later one is needed", stringify!($function)),
            }),
        }
    }};
}

fn size_of<T>() -> u32 {
    std::mem::size_of::<T>() as u32
}
fn in_jail(path: &Lent) -> jr_path {
    jr_path { where_: JR_IN_JAIL, reserved: 0, text: path.raw() }
}
fn bytes_of(bytes: &[u8]) -> jr_bytes {
    jr_bytes { data: bytes.as_ptr() as *const c_void, length: bytes.len() as u64 }
}

impl Plan {
    pub fn directory(&self, path: &str, mode: u32, owner: jr_owner) -> Result<(), Error> {
        let path = Lent::new(path);
        let raw = jr_directory { struct_size: size_of::<jr_directory>(), mode, path: in_jail(&path), owner };
        action!(self.directory(&raw))
    }
    pub fn write(&self, path: &str, content: &[u8], mode: u32, owner: jr_owner) -> Result<(), Error> {
        let path = Lent::new(path);
        let raw = jr_write {
            struct_size: size_of::<jr_write>(),
            mode,
            path: in_jail(&path),
            owner,
            content: bytes_of(content),
        };
        action!(self.write(&raw))
    }
    /// `mode`: None for the source's.
    pub fn copy(&self, source: &str, path: &str, owner: jr_owner, mode: Option<u32>) -> Result<(), Error> {
        let (source, path) = (Lent::new(source), Lent::new(path));
        let raw = jr_copy {
            struct_size: size_of::<jr_copy>(),
            mode: mode.unwrap_or(JR_MODE_OF_SOURCE),
            path: in_jail(&path),
            owner,
            source: source.raw(),
            flags: 0,
            reserved: 0,
        };
        action!(self.copy(&raw))
    }
    /// Shows a host directory or file at a place in the jail; after the root was entered.
    pub fn bind(&self, source: &str, path: &str, flags: u32) -> Result<(), Error> {
        let (source, path) = (Lent::new(source), Lent::new(path));
        let raw = jr_bind { struct_size: size_of::<jr_bind>(), flags, source: source.raw(), path: in_jail(&path) };
        action!(self.bind(&raw))
    }
    /// The stage's own work, done by `perform` and undone by `release`.
    pub fn call(&self, phase: u32, name: &str, line: &str, payload: &[u8], version: u32) -> Result<(), Error> {
        let (name, line) = (Lent::new(name), Lent::new(line));
        let raw = jr_call {
            struct_size: size_of::<jr_call>(),
            phase,
            name: name.raw(),
            line: line.raw(),
            payload: bytes_of(payload),
            payload_version: version,
            reserved: 0,
        };
        action!(self.call(&raw))
    }
}

// ---------------------------------------------------------------------------------------------- the door

/// One stage as the runner holds it.
struct Held<T> {
    host: *const jr_host,
    stage: T,
}

/// A panic's message, if it has one.
fn reason(panic: &(dyn Any + Send)) -> String {
    let words = panic.downcast_ref::<&str>().copied().or(panic.downcast_ref::<String>().map(String::as_str));
    format!("the stage panicked: {}", words.unwrap_or("without a word"))
}

/// Runs `work`, and turns an error or a panic into a status: nothing else may cross.
fn guarded(context: &Context, work: impl FnOnce() -> Result<(), Error>) -> jr_status {
    match catch_unwind(AssertUnwindSafe(work)) {
        Ok(Ok(())) => JR_OK,
        Ok(Err(error)) => context.fail(&error),
        Err(panic) => {
            context.fail(&Error::Own { status: JR_ERROR_INTERNAL, number: 0, sentence: reason(&*panic) })
        }
    }
}

unsafe fn held<'a, T>(stage: *mut jr_stage) -> &'a mut Held<T> {
    &mut *(stage as *mut Held<T>)
}

unsafe extern "C" fn create<T: Stage>(host: *const jr_host) -> *mut jr_stage {
    let made = catch_unwind(|| {
        // The sentence goes to the runner's log; the hook is the plugin's own copy, and would say it twice.
        #[cfg(not(test))]
        std::panic::set_hook(Box::new(|_| {}));
        Box::into_raw(Box::new(Held { host, stage: T::default() })) as *mut jr_stage
    });
    made.unwrap_or(std::ptr::null_mut())
}
unsafe extern "C" fn destroy<T: Stage>(stage: *mut jr_stage) {
    let _ = catch_unwind(|| drop(Box::from_raw(stage as *mut Held<T>)));
}
unsafe extern "C" fn configure<T: Stage>(stage: *mut jr_stage, ctx: *mut jr_ctx) -> jr_status {
    let held = held::<T>(stage);
    let context = Context { host: held.host, ctx };
    guarded(&context, || held.stage.configure(&context))
}
unsafe extern "C" fn plan<T: Stage>(
    stage: *mut jr_stage,
    ctx: *mut jr_ctx,
    actions: *const jr_actions,
) -> jr_status {
    let held = held::<T>(stage);
    let plan = Plan { context: Context { host: held.host, ctx }, actions };
    guarded(&plan.context, || held.stage.plan(&plan))
}
unsafe extern "C" fn perform<T: Stage>(
    stage: *mut jr_stage,
    ctx: *mut jr_ctx,
    name: jr_str,
    payload: jr_bytes,
) -> jr_status {
    let held = held::<T>(stage);
    let context = Context { host: held.host, ctx };
    guarded(&context, || held.stage.perform(&context, &copied(name), lent(&payload)))
}
unsafe extern "C" fn release<T: Stage>(
    stage: *mut jr_stage,
    ctx: *mut jr_ctx,
    name: jr_str,
    payload: jr_bytes,
    why: u32,
) -> jr_status {
    let held = held::<T>(stage);
    let context = Context { host: held.host, ctx };
    guarded(&context, || held.stage.release(&context, &copied(name), lent(&payload), why))
}

unsafe fn lent(bytes: &jr_bytes) -> &[u8] {
    if bytes.length == 0 {
        return &[];
    }
    std::slice::from_raw_parts(bytes.data as *const u8, bytes.length as usize)
}

// ----------------------------------------------------------------------------------------- the descriptor

struct Table<T>(std::marker::PhantomData<T>);

impl<T: Stage> Table<T> {
    const OPS: jr_stage_ops = jr_stage_ops {
        struct_size: std::mem::size_of::<jr_stage_ops>() as u32,
        reserved: 0,
        create: Some(create::<T>),
        destroy: Some(destroy::<T>),
        configure: Some(configure::<T>),
        plan: Some(plan::<T>),
        perform: Some(perform::<T>),
        release: Some(release::<T>),
        command: None,
    };
}

const NONE: jr_str_list = jr_str_list { items: std::ptr::null(), count: 0 };

/// A descriptor without options, facts and ordering: take the rest from it with `..`.
pub const fn descriptor<T: Stage>(id: jr_str, version: jr_str, summary: jr_str) -> jr_stage_descriptor {
    jr_stage_descriptor {
        struct_size: std::mem::size_of::<jr_stage_descriptor>() as u32,
        traits: 0,
        id,
        version,
        summary,
        options: std::ptr::null(),
        option_count: 0,
        option_stride: std::mem::size_of::<jr_option>() as u32,
        consumes: std::ptr::null(),
        consume_count: 0,
        consume_stride: std::mem::size_of::<jr_fact>() as u32,
        provides: std::ptr::null(),
        provide_count: 0,
        provide_stride: std::mem::size_of::<jr_fact>() as u32,
        after: NONE,
        before: NONE,
        conflicts: NONE,
        capabilities: 0,
        ops: &Table::<T>::OPS,
    }
}

pub const fn text_option(name: jr_str, value_name: jr_str, help: jr_str, default_value: jr_str) -> jr_option {
    jr_option { name, value_name, help, default_value, type_: JR_OPTION_TEXT, flags: 0, minimum: 0, maximum: 0 }
}

pub const fn text_fact(name: jr_str) -> jr_fact {
    jr_fact { name, type_: JR_FACT_TEXT, flags: 0 }
}

/// The stages that a plugin carries.
pub struct Stages<const COUNT: usize>(pub [&'static jr_stage_descriptor; COUNT]);

pub const fn plugin<const COUNT: usize>(
    name: jr_str,
    version: jr_str,
    stages: &'static Stages<COUNT>,
) -> jr_plugin {
    jr_plugin {
        struct_size: std::mem::size_of::<jr_plugin>() as u32,
        abi_minor: JR_ABI_MINOR,
        name,
        version,
        stages: stages.0.as_ptr() as *const *const jr_stage_descriptor,
        stage_count: COUNT as u64,
    }
}
