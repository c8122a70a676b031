//! The one module that touches the operating system: cgroups, namespaces, processes.
//!
//! Blocking, synchronous and without policy: it starts a process inside limits, and reads and changes those
//! limits. Where the machine does not allow a part, [`Enforcement`] says so and the rest still works.
