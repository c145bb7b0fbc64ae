//! Which module of the program may use which: the table, and the check of it.
//!
//! Code in `cfg(test)` may use everything.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::source::{Named, Source, Target};

/// The modules directly in one module, and the directions between them. All of them are listed.
///
/// The module itself (its `mod.rs`) is above them: it may use all of them, and they may not use what it defines or
/// re-exports.
pub struct Scope {
    /// Empty for the root of the crate.
    pub module: &'static str,
    pub order: Order,
}

pub enum Order {
    /// A module may use those in the layers below its own, and none in its own layer.
    Layers(&'static [&'static [&'static str]]),
    /// Any direction, but no cycle.
    Acyclic(&'static [&'static str]),
}

/// A direction that is allowed against the order: from a module to a module.
pub type Exception = (&'static str, &'static str);

/// Directions that are allowed against the order.
pub const EXCEPTIONS: &[Exception] = &[];

pub const SCOPES: &[Scope] = &[
    Scope {
        module: "",
        order: Order::Layers(&[
            &["main"],
            &["server"],
            &["app"],
            &["rpc"],
            &["browser"],
            &["sync"],
            &["domain"],
        ]),
    },
    Scope {
        module: "app",
        order: Order::Layers(&[&["components"], &["session"], &["state"], &["list_text"]]),
    },
    Scope {
        module: "server",
        order: Order::Layers(&[
            &["cli", "http"],
            &["auth"],
            &["limits"],
            &["store"],
            &["journal"],
            &["config"],
            &["telemetry", "net", "process", "files"],
        ]),
    },
    Scope {
        module: "server::http",
        order: Order::Acyclic(&[
            "api",
            "assets",
            "body",
            "cache",
            "error",
            "health",
            "html",
            "listener",
            "middleware",
            "monitoring",
            "pages",
            "pipeline",
            "router",
            "service_worker",
            "static_files",
        ]),
    },
];

/// Modules that the table does not list, and modules of the table that do not exist.
pub fn unlisted(source: &Source, scopes: &[Scope]) -> Vec<String> {
    let mut problems = Vec::new();
    for scope in scopes {
        let listed = scope.order.modules();
        let exist = source.children(&scope.path());
        for module in &exist {
            if !listed.contains(&module.as_str()) {
                problems.push(format!("{}: {module} is not in the table", scope.name()));
            }
        }
        for module in listed {
            if !exist.iter().any(|other| other == module) {
                problems.push(format!("{}: there is no {module}", scope.name()));
            }
        }
    }
    problems
}

/// Paths that lead against the order, cycles, and exceptions that nothing needs.
pub fn wrong_directions(
    source: &Source,
    scopes: &[Scope],
    exceptions: &[Exception],
) -> Vec<String> {
    let mut problems = Vec::new();
    let mut needed = BTreeSet::new();
    let mut graphs: BTreeMap<&str, Graph> = BTreeMap::new();
    for named in source.named() {
        let Target::Module(to) = &named.target else {
            continue;
        };
        let scope = scopes
            .iter()
            .filter(|scope| scope.contains(&named.from) && scope.contains(to));
        let Some(scope) = scope.max_by_key(|scope| scope.path().len()) else {
            continue;
        };
        let [from, target] = [&named.from, to].map(|module| scope.member(module));
        if from == target {
            continue;
        }
        let arrow = Arrow {
            text: describe(&named, &from, &target),
            from,
            to: target,
        };
        let exception = exceptions
            .iter()
            .find(|(from, to_module)| is_in(&named.from, from) && is_in(to, to_module));
        if let Some(exception) = exception {
            needed.insert(exception);
        } else if !scope.order.allows(&arrow) {
            let Arrow { text, from, to } = arrow;
            problems.push(format!("{text}, but {to} is not below {from}"));
        } else {
            let graph = graphs.entry(scope.module).or_default();
            graph
                .entry(arrow.from)
                .or_default()
                .entry(arrow.to)
                .or_insert(arrow.text);
        }
    }
    problems.extend(graphs.values().flat_map(cycles));
    let useless = exceptions
        .iter()
        .filter(|exception| !needed.contains(exception));
    problems
        .extend(useless.map(|(from, to)| format!("nothing needs the exception {from} -> {to}")));
    problems
}

/// A path from one module of a scope to another one.
struct Arrow {
    from: String,
    to: String,
    text: String,
}

/// For each module, those that it uses, each with the first path that does.
type Graph = BTreeMap<String, BTreeMap<String, String>>;

impl Scope {
    fn path(&self) -> Vec<String> {
        split(self.module)
    }

    fn name(&self) -> &'static str {
        if self.module.is_empty() {
            "the crate"
        } else {
            self.module
        }
    }

    fn contains(&self, module: &[String]) -> bool {
        module.starts_with(&self.path())
    }

    /// The module of this scope that contains a module, or the name of the scope for the module itself.
    fn member(&self, module: &[String]) -> String {
        let member = module.get(self.path().len());
        member.cloned().unwrap_or_else(|| self.name().to_owned())
    }
}

impl Order {
    fn modules(&self) -> Vec<&'static str> {
        match self {
            Self::Layers(layers) => layers.concat(),
            Self::Acyclic(modules) => modules.to_vec(),
        }
    }

    fn allows(&self, arrow: &Arrow) -> bool {
        let Self::Layers(layers) = self else {
            return true;
        };
        // The module of the scope itself is in no layer, and above all.
        let layer = |module: &str| layers.iter().position(|layer| layer.contains(&module));
        layer(&arrow.from) < layer(&arrow.to)
    }
}

fn split(module: &str) -> Vec<String> {
    let names = module.split("::").filter(|name| !name.is_empty());
    names.map(str::to_owned).collect()
}

fn is_in(module: &[String], parent: &str) -> bool {
    module.starts_with(&split(parent))
}

fn describe(named: &Named, from: &str, to: &str) -> String {
    let Named {
        file,
        line,
        written,
        ..
    } = named;
    format!("{file}:{line}: {from} -> {to} by `{written}`")
}

/// One message for each set of modules that use each other in a circle: the shortest circle through each arrow.
fn cycles(graph: &Graph) -> Vec<String> {
    let mut seen = BTreeSet::new();
    let mut problems = Vec::new();
    for (from, targets) in graph {
        for to in targets.keys() {
            let Some(mut circle) = shortest(graph, to, from) else {
                continue;
            };
            circle.insert(0, from);
            let modules: BTreeSet<&str> = circle.iter().copied().collect();
            if seen.insert(modules) {
                let arrows = circle.windows(2).map(|pair| &graph[pair[0]][pair[1]]);
                let arrows: Vec<&str> = arrows.map(String::as_str).collect();
                problems.push(format!("a cycle:\n  {}", arrows.join("\n  ")));
            }
        }
    }
    problems
}

/// The modules on the shortest way, both ends included.
fn shortest<'a>(graph: &'a Graph, from: &'a str, to: &str) -> Option<Vec<&'a str>> {
    let mut before: BTreeMap<&str, Option<&str>> = BTreeMap::from([(from, None)]);
    let mut queue = VecDeque::from([from]);
    while let Some(module) = queue.pop_front() {
        if module == to {
            let mut way = vec![module];
            while let Some(Some(previous)) = before.get(way[way.len() - 1]) {
                way.push(previous);
            }
            way.reverse();
            return Some(way);
        }
        for next in graph.get(module).into_iter().flat_map(BTreeMap::keys) {
            if !before.contains_key(next.as_str()) {
                before.insert(next, Some(module));
                queue.push_back(next);
            }
        }
    }
    None
}
