//! Every route of the Lambda listener, in one table: the operations that are served, the host's own pages, and the rest of
//! the Lambda API by name, so that an unserved operation is refused as what it is.

/// What this listener does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Operation {
    Invoke,
    InvokeWithResponseStream,
    GetFunction,
    GetFunctionConfiguration,
    UpdateFunctionConfiguration,
    ListFunctions,
    GetFunctionUrlConfig,
    Health,
    Functions,
    Enforcement,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Target {
    Served(Operation),
    /// An operation of the Lambda API, by its name, that Ferry does not serve.
    Unserved(&'static str),
}

struct Route {
    method: &'static str,
    /// `{}` stands for one segment; the first one is the function's name where the operation has one.
    path: &'static str,
    target: Target,
}

/// The route of a request, and its first path label, still percent-encoded.
pub(super) fn find<'p>(method: &str, path: &'p str) -> Option<(Target, &'p str)> {
    let path = path.strip_suffix('/').unwrap_or(path);
    ROUTES.iter().filter(|route| route.method == method).find_map(|route| Some((route.target, label(route.path, path)?)))
}

/// The path's segment at the pattern's first `{}` (empty without one), if the path matches at all.
fn label<'p>(pattern: &str, path: &'p str) -> Option<&'p str> {
    let mut first = None;
    let mut segments = path.split('/');
    for wanted in pattern.split('/') {
        let segment = segments.next()?;
        if wanted == "{}" && !segment.is_empty() {
            first = first.or(Some(segment));
        } else if wanted != segment {
            return None;
        }
    }
    segments.next().is_none().then_some(first.unwrap_or_default())
}

const fn route(method: &'static str, path: &'static str, operation: Operation) -> Route {
    Route { method, path, target: Target::Served(operation) }
}

const fn unserved(method: &'static str, path: &'static str, name: &'static str) -> Route {
    Route { method, path, target: Target::Unserved(name) }
}

#[rustfmt::skip] // one route, one line
static ROUTES: &[Route] = &[
    route("POST", "/2015-03-31/functions/{}/invocations", Operation::Invoke),
    route("POST", "/2021-11-15/functions/{}/response-streaming-invocations", Operation::InvokeWithResponseStream),
    route("GET", "/2015-03-31/functions", Operation::ListFunctions),
    route("GET", "/2015-03-31/functions/{}", Operation::GetFunction),
    route("GET", "/2015-03-31/functions/{}/configuration", Operation::GetFunctionConfiguration),
    route("PUT", "/2015-03-31/functions/{}/configuration", Operation::UpdateFunctionConfiguration),
    route("GET", "/2021-10-31/functions/{}/url", Operation::GetFunctionUrlConfig),
    route("GET", "/_ferry/health", Operation::Health),
    route("GET", "/_ferry/functions", Operation::Functions),
    route("GET", "/_ferry/enforcement", Operation::Enforcement),
    unserved("POST", "/2014-11-13/functions/{}/invoke-async", "InvokeAsync"),
    unserved("GET", "/2015-03-31/event-source-mappings", "ListEventSourceMappings"),
    unserved("POST", "/2015-03-31/event-source-mappings", "CreateEventSourceMapping"),
    unserved("DELETE", "/2015-03-31/event-source-mappings/{}", "DeleteEventSourceMapping"),
    unserved("GET", "/2015-03-31/event-source-mappings/{}", "GetEventSourceMapping"),
    unserved("PUT", "/2015-03-31/event-source-mappings/{}", "UpdateEventSourceMapping"),
    unserved("POST", "/2015-03-31/functions", "CreateFunction"),
    unserved("DELETE", "/2015-03-31/functions/{}", "DeleteFunction"),
    unserved("GET", "/2015-03-31/functions/{}/aliases", "ListAliases"),
    unserved("POST", "/2015-03-31/functions/{}/aliases", "CreateAlias"),
    unserved("DELETE", "/2015-03-31/functions/{}/aliases/{}", "DeleteAlias"),
    unserved("GET", "/2015-03-31/functions/{}/aliases/{}", "GetAlias"),
    unserved("PUT", "/2015-03-31/functions/{}/aliases/{}", "UpdateAlias"),
    unserved("PUT", "/2015-03-31/functions/{}/code", "UpdateFunctionCode"),
    unserved("GET", "/2015-03-31/functions/{}/policy", "GetPolicy"),
    unserved("POST", "/2015-03-31/functions/{}/policy", "AddPermission"),
    unserved("DELETE", "/2015-03-31/functions/{}/policy/{}", "RemovePermission"),
    unserved("GET", "/2015-03-31/functions/{}/versions", "ListVersionsByFunction"),
    unserved("POST", "/2015-03-31/functions/{}/versions", "PublishVersion"),
    unserved("GET", "/2016-08-19/account-settings", "GetAccountSettings"),
    unserved("DELETE", "/2017-03-31/tags/{}", "UntagResource"),
    unserved("GET", "/2017-03-31/tags/{}", "ListTags"),
    unserved("POST", "/2017-03-31/tags/{}", "TagResource"),
    unserved("DELETE", "/2017-10-31/functions/{}/concurrency", "DeleteFunctionConcurrency"),
    unserved("PUT", "/2017-10-31/functions/{}/concurrency", "PutFunctionConcurrency"),
    unserved("GET", "/2018-10-31/layers", "ListLayers"),
    unserved("GET", "/2018-10-31/layers/{}/versions", "ListLayerVersions"),
    unserved("POST", "/2018-10-31/layers/{}/versions", "PublishLayerVersion"),
    unserved("DELETE", "/2018-10-31/layers/{}/versions/{}", "DeleteLayerVersion"),
    unserved("GET", "/2018-10-31/layers/{}/versions/{}", "GetLayerVersion"),
    unserved("GET", "/2018-10-31/layers/{}/versions/{}/policy", "GetLayerVersionPolicy"),
    unserved("POST", "/2018-10-31/layers/{}/versions/{}/policy", "AddLayerVersionPermission"),
    unserved("DELETE", "/2018-10-31/layers/{}/versions/{}/policy/{}", "RemoveLayerVersionPermission"),
    unserved("DELETE", "/2019-09-25/functions/{}/event-invoke-config", "DeleteFunctionEventInvokeConfig"),
    unserved("GET", "/2019-09-25/functions/{}/event-invoke-config", "GetFunctionEventInvokeConfig"),
    unserved("POST", "/2019-09-25/functions/{}/event-invoke-config", "UpdateFunctionEventInvokeConfig"),
    unserved("PUT", "/2019-09-25/functions/{}/event-invoke-config", "PutFunctionEventInvokeConfig"),
    unserved("GET", "/2019-09-25/functions/{}/event-invoke-config/list", "ListFunctionEventInvokeConfigs"),
    unserved("GET", "/2019-09-30/functions/{}/concurrency", "GetFunctionConcurrency"),
    unserved("DELETE", "/2019-09-30/functions/{}/provisioned-concurrency", "DeleteProvisionedConcurrencyConfig"),
    unserved("GET", "/2019-09-30/functions/{}/provisioned-concurrency", "GetProvisionedConcurrencyConfig"),
    unserved("PUT", "/2019-09-30/functions/{}/provisioned-concurrency", "PutProvisionedConcurrencyConfig"),
    unserved("GET", "/2020-04-22/code-signing-configs", "ListCodeSigningConfigs"),
    unserved("POST", "/2020-04-22/code-signing-configs", "CreateCodeSigningConfig"),
    unserved("DELETE", "/2020-04-22/code-signing-configs/{}", "DeleteCodeSigningConfig"),
    unserved("GET", "/2020-04-22/code-signing-configs/{}", "GetCodeSigningConfig"),
    unserved("PUT", "/2020-04-22/code-signing-configs/{}", "UpdateCodeSigningConfig"),
    unserved("GET", "/2020-04-22/code-signing-configs/{}/functions", "ListFunctionsByCodeSigningConfig"),
    unserved("DELETE", "/2020-06-30/functions/{}/code-signing-config", "DeleteFunctionCodeSigningConfig"),
    unserved("GET", "/2020-06-30/functions/{}/code-signing-config", "GetFunctionCodeSigningConfig"),
    unserved("PUT", "/2020-06-30/functions/{}/code-signing-config", "PutFunctionCodeSigningConfig"),
    unserved("GET", "/2021-07-20/functions/{}/runtime-management-config", "GetRuntimeManagementConfig"),
    unserved("PUT", "/2021-07-20/functions/{}/runtime-management-config", "PutRuntimeManagementConfig"),
    unserved("DELETE", "/2021-10-31/functions/{}/url", "DeleteFunctionUrlConfig"),
    unserved("POST", "/2021-10-31/functions/{}/url", "CreateFunctionUrlConfig"),
    unserved("PUT", "/2021-10-31/functions/{}/url", "UpdateFunctionUrlConfig"),
    unserved("GET", "/2021-10-31/functions/{}/urls", "ListFunctionUrlConfigs"),
    unserved("GET", "/2024-08-31/functions/{}/recursion-config", "GetFunctionRecursionConfig"),
    unserved("PUT", "/2024-08-31/functions/{}/recursion-config", "PutFunctionRecursionConfig"),
    unserved("GET", "/2025-11-30/capacity-providers", "ListCapacityProviders"),
    unserved("POST", "/2025-11-30/capacity-providers", "CreateCapacityProvider"),
    unserved("DELETE", "/2025-11-30/capacity-providers/{}", "DeleteCapacityProvider"),
    unserved("GET", "/2025-11-30/capacity-providers/{}", "GetCapacityProvider"),
    unserved("PUT", "/2025-11-30/capacity-providers/{}", "UpdateCapacityProvider"),
    unserved("GET", "/2025-11-30/capacity-providers/{}/function-versions", "ListFunctionVersionsByCapacityProvider"),
    unserved("GET", "/2025-11-30/functions/{}/function-scaling-config", "GetFunctionScalingConfig"),
    unserved("PUT", "/2025-11-30/functions/{}/function-scaling-config", "PutFunctionScalingConfig"),
    unserved("POST", "/2025-12-01/durable-execution-callbacks/{}/fail", "SendDurableExecutionCallbackFailure"),
    unserved("POST", "/2025-12-01/durable-execution-callbacks/{}/heartbeat", "SendDurableExecutionCallbackHeartbeat"),
    unserved("POST", "/2025-12-01/durable-execution-callbacks/{}/succeed", "SendDurableExecutionCallbackSuccess"),
    unserved("DELETE", "/2025-12-01/durable-executions/{}", "DeleteDurableExecution"),
    unserved("GET", "/2025-12-01/durable-executions/{}", "GetDurableExecution"),
    unserved("POST", "/2025-12-01/durable-executions/{}/checkpoint", "CheckpointDurableExecution"),
    unserved("GET", "/2025-12-01/durable-executions/{}/history", "GetDurableExecutionHistory"),
    unserved("POST", "/2025-12-01/durable-executions/{}/pause", "PauseDurableExecution"),
    unserved("POST", "/2025-12-01/durable-executions/{}/resume", "ResumeDurableExecution"),
    unserved("GET", "/2025-12-01/durable-executions/{}/state", "GetDurableExecutionState"),
    unserved("POST", "/2025-12-01/durable-executions/{}/stop", "StopDurableExecution"),
    unserved("GET", "/2025-12-01/functions/{}/durable-executions", "ListDurableExecutionsByFunction"),
    unserved("DELETE", "/2026-07-09/resource-policy/{}", "DeleteResourcePolicy"),
    unserved("GET", "/2026-07-09/resource-policy/{}", "GetResourcePolicy"),
    unserved("PUT", "/2026-07-09/resource-policy/{}", "PutResourcePolicy"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn served_operations_are_found_with_their_function() {
        assert_eq!(find("POST", "/2015-03-31/functions/hello/invocations"), Some((Target::Served(Operation::Invoke), "hello")));
        assert_eq!(find("GET", "/2015-03-31/functions/"), Some((Target::Served(Operation::ListFunctions), "")));
        assert_eq!(find("GET", "/2015-03-31/functions/a%3Ab"), Some((Target::Served(Operation::GetFunction), "a%3Ab")));
        assert_eq!(find("GET", "/_ferry/health"), Some((Target::Served(Operation::Health), "")));
    }

    #[test]
    fn unserved_operations_are_known_by_name() {
        assert_eq!(find("PUT", "/2015-03-31/functions/hello/code"), Some((Target::Unserved("UpdateFunctionCode"), "hello")));
        assert_eq!(find("POST", "/2015-03-31/functions"), Some((Target::Unserved("CreateFunction"), "")));
    }

    #[test]
    fn anything_else_is_no_operation() {
        for (method, path) in [("GET", "/"), ("GET", ""), ("POST", "/2015-03-31/functions//invocations"), ("PATCH", "/_ferry/health")] {
            assert_eq!(find(method, path), None, "{method} {path}");
        }
    }

    #[test]
    fn no_two_routes_share_method_and_path() {
        let mut seen = std::collections::BTreeSet::new();
        assert!(ROUTES.iter().all(|route| seen.insert((route.method, route.path))));
    }
}
