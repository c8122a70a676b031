//! Nothing is left behind: processes, cgroups, network namespaces, descriptors, temporary files.
