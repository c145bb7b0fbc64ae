//! The Rust source as the rules see it: files, the tree of modules, and every path that the code names.
//!
//! Paths are read from parsed code: `use` trees with groups, globs and renames, paths in expressions, types and
//! attributes, and the tokens of macro calls. Two things are invisible here: a path that a procedural macro writes, and a
//! value whose type comes from elsewhere without being named.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Component, Path, PathBuf};
use std::str::FromStr;

use proc_macro2::{Literal, TokenStream, TokenTree};
use syn::visit::{self, Visit};
use syn::{
    Attribute, ImplItem, Item, ItemMod, ItemUse, LitStr, Macro, Meta, MetaList, UseTree,
    VisRestricted,
};

/// How the program names the library.
const CRATE: &str = "todo_list";

/// The types whose names look like those of crates.
const PRIMITIVES: [&str; 17] = [
    "bool", "char", "f32", "f64", "i8", "i16", "i32", "i64", "i128", "isize", "str", "u8", "u16",
    "u32", "u64", "u128", "usize",
];

/// A Rust file; its path is relative to the root of the project.
pub struct File {
    pub path: String,
    pub text: String,
}

impl File {
    pub fn new(path: &str, text: &str) -> Self {
        let [path, text] = [path, text].map(str::to_owned);
        Self { path, text }
    }

    /// The tokens without comments. Spans know their lines.
    pub fn tokens(&self) -> TokenStream {
        TokenStream::from_str(&self.text).unwrap_or_else(|error| panic!("{}: {error}", self.path))
    }
}

/// The Rust files in a folder of the project, and in the folders in it.
pub fn rust_files(folder: &str) -> Vec<File> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut folders = vec![root.join(folder)];
    let mut files = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = fs::read_to_string(&path).unwrap();
                let path = path.strip_prefix(root).unwrap().to_str().unwrap();
                files.push(File::new(path, &text));
            }
        }
    }
    assert!(!files.is_empty(), "there are no files in {folder}");
    files
}

/// A module of the crate, without the modules in it.
struct Module {
    /// From the root of the crate, which is empty.
    path: Vec<String>,
    /// How many names of the path lead to the root of its crate.
    root: usize,
    file: String,
    items: Vec<Item>,
}

/// Where a module stands.
struct Position {
    path: Vec<String>,
    root: usize,
    file: String,
    /// The folder of the files of its modules.
    folder: String,
    is_test: bool,
}

/// The modules of one or more crates.
pub struct Source {
    modules: Vec<Module>,
    /// More than one module has the same path if a `cfg` chooses between them.
    by_path: BTreeMap<Vec<String>, Vec<usize>>,
    /// The files that belong to a module, tests included.
    pub reached: Vec<String>,
}

/// A path that the code outside of tests names.
pub struct Named {
    /// The module that contains the code.
    pub from: Vec<String>,
    pub file: String,
    pub line: usize,
    /// As it is written, with a group written out.
    pub written: String,
    pub target: Target,
}

/// What a path leads to.
pub enum Target {
    /// The innermost module of this crate on the path. A re-export is not followed: it counts as the module that is named.
    Module(Vec<String>),
    /// Something in another crate.
    External(Vec<String>),
}

impl Source {
    /// Reads the crates that begin at the `roots`. A root has a path of its own if it is not the library: `main` for
    /// the program, which has no modules of its own and knows the library as `todo_list`.
    pub fn parse(files: &[File], roots: &[(&str, Option<&str>)]) -> Self {
        let files = files.iter().map(|file| (file.path.as_str(), file));
        let files = files.collect();
        let mut source = Self {
            modules: Vec::new(),
            by_path: BTreeMap::new(),
            reached: Vec::new(),
        };
        for (file, name) in roots {
            let path: Vec<String> = name.iter().map(|name| (*name).to_owned()).collect();
            let position = Position {
                root: path.len(),
                path,
                file: (*file).to_owned(),
                folder: folder_of(file),
                is_test: false,
            };
            source.add_file(&files, position);
        }
        source
    }

    /// The modules directly in this one, without those of tests.
    pub fn children(&self, parent: &[String]) -> Vec<String> {
        let inside = self
            .by_path
            .keys()
            .filter(|path| path.len() == parent.len() + 1 && path.starts_with(parent));
        inside.filter_map(|path| path.last().cloned()).collect()
    }

    /// Every path that the code names, test code excluded.
    pub fn named(&self) -> Vec<Named> {
        let mut found = Vec::new();
        for module in 0..self.modules.len() {
            let mut paths = Paths {
                module,
                found: &mut found,
            };
            for item in &self.modules[module].items {
                paths.visit_item(item);
            }
        }
        let resolver = Resolver::new(self, &found);
        let resolved = found.iter().filter_map(|mention| {
            let module = &self.modules[mention.module];
            Some(Named {
                from: module.path.clone(),
                file: module.file.clone(),
                line: mention.line,
                written: mention.path.join("::"),
                target: resolver.resolve(mention)?,
            })
        });
        resolved.collect()
    }

    fn add_file(&mut self, files: &BTreeMap<&str, &File>, module: Position) {
        let file = module.file.as_str();
        let found = files.get(file);
        let found = found.unwrap_or_else(|| panic!("there is no {file}"));
        let syntax = syn::parse_file(&found.text).unwrap_or_else(|error| {
            panic!("{file}:{}: {error}", error.span().start().line);
        });
        self.reached.push(file.to_owned());
        self.add_module(files, &module, syntax.items);
    }

    fn add_module(&mut self, files: &BTreeMap<&str, &File>, module: &Position, items: Vec<Item>) {
        let mut others = Vec::new();
        for item in items {
            match item {
                Item::Mod(child) => self.add_child(files, module, child),
                other => others.push(other),
            }
        }
        if !module.is_test {
            let index = self.modules.len();
            let indexes = self.by_path.entry(module.path.clone()).or_default();
            indexes.push(index);
            self.modules.push(Module {
                path: module.path.clone(),
                root: module.root,
                file: module.file.clone(),
                items: others,
            });
        }
    }

    fn add_child(&mut self, files: &BTreeMap<&str, &File>, parent: &Position, child: ItemMod) {
        let name = child.ident.to_string();
        let folder = join(&parent.folder, &name);
        let mut position = Position {
            path: [&parent.path[..], &[name]].concat(),
            root: parent.root,
            file: parent.file.clone(),
            folder: folder.clone(),
            is_test: parent.is_test || is_test_code(&child.attrs),
        };
        if let Some((_, items)) = child.content {
            self.add_module(files, &position, items);
            return;
        }
        if let Some(other) = path_attribute(&child.attrs) {
            position.file = join(&folder_of(&parent.file), &other);
            position.folder = folder_of(&position.file);
        } else {
            position.file = format!("{folder}.rs");
            if !files.contains_key(position.file.as_str()) {
                position.file = join(&folder, "mod.rs");
            }
        }
        self.add_file(files, position);
    }
}

/// Whether this is compiled for tests only.
fn is_test_code(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| match &attribute.meta {
        Meta::Path(path) => path.is_ident("test"),
        Meta::List(list) => list.path.is_ident("cfg") && list.tokens.to_string() == "test",
        Meta::NameValue(_) => false,
    })
}

fn path_attribute(attributes: &[Attribute]) -> Option<String> {
    attributes.iter().find_map(|attribute| {
        let value = attribute.meta.require_name_value().ok()?;
        let text = string(&value.value)?;
        value.path.is_ident("path").then_some(text)
    })
}

fn string(value: &syn::Expr) -> Option<String> {
    let syn::Expr::Lit(literal) = value else {
        return None;
    };
    let syn::Lit::Str(text) = &literal.lit else {
        return None;
    };
    Some(text.value())
}

fn folder_of(file: &str) -> String {
    let folder = Path::new(file).parent().unwrap();
    folder.to_str().unwrap().to_owned()
}

/// Joins two paths and removes each `..` together with the folder before it.
fn join(folder: &str, name: &str) -> String {
    let mut path = PathBuf::new();
    for component in Path::new(folder).join(name).components() {
        if component == Component::ParentDir {
            path.pop();
        } else {
            path.push(component);
        }
    }
    path.to_str().unwrap().to_owned()
}

/// A path in the code, not resolved yet.
struct Mention {
    module: usize,
    /// Begins with an empty name if the path begins with `::`.
    path: Vec<String>,
    line: usize,
    binds: Binds,
}

/// What a path brings into the scope of its module.
enum Binds {
    Nothing,
    Name(String),
    /// Everything that is in the module.
    All,
}

/// Collects the paths of one module.
struct Paths<'a> {
    module: usize,
    found: &'a mut Vec<Mention>,
}

impl Paths<'_> {
    fn add(&mut self, path: Vec<String>, line: usize, binds: Binds) {
        let module = self.module;
        self.found.push(Mention {
            module,
            path,
            line,
            binds,
        });
    }

    fn add_use(&mut self, tree: &UseTree, mut prefix: Vec<String>) {
        match tree {
            UseTree::Path(path) => {
                prefix.push(path.ident.to_string());
                self.add_use(&path.tree, prefix);
            }
            UseTree::Group(group) => {
                for tree in &group.items {
                    self.add_use(tree, prefix.clone());
                }
            }
            UseTree::Name(name) => {
                let line = name.ident.span().start().line;
                if name.ident != "self" {
                    prefix.push(name.ident.to_string());
                }
                let last = prefix.last().cloned().unwrap_or_default();
                self.add(prefix, line, Binds::Name(last));
            }
            UseTree::Rename(rename) => {
                let line = rename.ident.span().start().line;
                if rename.ident != "self" {
                    prefix.push(rename.ident.to_string());
                }
                self.add(prefix, line, Binds::Name(rename.rename.to_string()));
            }
            UseTree::Glob(glob) => {
                let line = glob.star_token.spans[0].start().line;
                self.add(prefix, line, Binds::All);
            }
        }
    }

    /// Adds the paths in tokens that are not parsed, those of a macro call or an attribute. A name is enough for a path in
    /// the braces of a `use`, whose paths begin with the `prefix`.
    fn add_tokens(&mut self, tokens: TokenStream, prefix: &[String]) {
        let tokens: Vec<TokenTree> = tokens.into_iter().collect();
        let mut at = 0;
        while let Some(token) = tokens.get(at) {
            let line = token.span().start().line;
            let mut path = prefix.to_vec();
            let next = path_in_tokens(&tokens, at, &mut path);
            at = next.max(at + 1);
            match &tokens[next..] {
                [TokenTree::Group(group), ..] if next > 1 && is_separator(&tokens, next - 2) => {
                    self.add_tokens(group.stream(), &path);
                    at = next + 1;
                }
                _ if path.len() > prefix.len() => self.add(path, line, Binds::Nothing),
                [TokenTree::Group(group), ..] => self.add_tokens(group.stream(), &[]),
                [TokenTree::Literal(literal), ..] => self.add_text(literal, line),
                _ => {}
            }
        }
    }

    /// Adds a path in a string, as in `#[serde(with = "crate::module")]`.
    fn add_text(&mut self, literal: &Literal, line: usize) {
        let Ok(text) = syn::parse_str::<LitStr>(&literal.to_string()) else {
            return;
        };
        let Ok(path) = text.parse_with(syn::Path::parse_mod_style) else {
            return;
        };
        let path: Vec<String> = names(&path);
        if ["crate", "self", "super"].contains(&path[0].as_str()) {
            self.add(path, line, Binds::Nothing);
        }
    }
}

impl<'ast> Visit<'ast> for Paths<'_> {
    fn visit_item(&mut self, item: &'ast Item) {
        match item {
            item if is_test_code(attributes(item)) => {}
            Item::Verbatim(tokens) => self.add_tokens(tokens.clone(), &[]),
            item => visit::visit_item(self, item),
        }
    }

    fn visit_impl_item(&mut self, item: &'ast ImplItem) {
        let is_test = match item {
            ImplItem::Const(item) => is_test_code(&item.attrs),
            ImplItem::Fn(item) => is_test_code(&item.attrs),
            ImplItem::Type(item) => is_test_code(&item.attrs),
            _ => false,
        };
        if !is_test {
            visit::visit_impl_item(self, item);
        }
    }

    fn visit_item_use(&mut self, item: &'ast ItemUse) {
        let prefix = item.leading_colon.map(|_| String::new());
        self.add_use(&item.tree, prefix.into_iter().collect());
    }

    /// `pub(in path)` says who may see an item; it names nothing that the item uses.
    fn visit_vis_restricted(&mut self, _: &'ast VisRestricted) {}

    fn visit_meta_list(&mut self, list: &'ast MetaList) {
        self.visit_path(&list.path);
        self.add_tokens(list.tokens.clone(), &[]);
    }

    fn visit_macro(&mut self, call: &'ast Macro) {
        self.visit_path(&call.path);
        self.add_tokens(call.tokens.clone(), &[]);
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        let line = path.segments[0].ident.span().start().line;
        self.add(names(path), line, Binds::Nothing);
        visit::visit_path(self, path);
    }
}

fn attributes(item: &Item) -> &[Attribute] {
    match item {
        Item::Const(item) => &item.attrs,
        Item::Enum(item) => &item.attrs,
        Item::ExternCrate(item) => &item.attrs,
        Item::Fn(item) => &item.attrs,
        Item::ForeignMod(item) => &item.attrs,
        Item::Impl(item) => &item.attrs,
        Item::Macro(item) => &item.attrs,
        Item::Mod(item) => &item.attrs,
        Item::Static(item) => &item.attrs,
        Item::Struct(item) => &item.attrs,
        Item::Trait(item) => &item.attrs,
        Item::Type(item) => &item.attrs,
        Item::Use(item) => &item.attrs,
        _ => &[],
    }
}

/// The names of a path. The first one is empty if the path begins with `::`.
fn names(path: &syn::Path) -> Vec<String> {
    let begin = path.leading_colon.map(|_| String::new());
    let names = path.segments.iter().map(|name| name.ident.to_string());
    begin.into_iter().chain(names).collect()
}

/// Whether `::` begins at a token.
fn is_separator(tokens: &[TokenTree], at: usize) -> bool {
    let is_colon =
        |at| matches!(tokens.get(at), Some(TokenTree::Punct(mark)) if mark.as_char() == ':');
    is_colon(at) && is_colon(at + 1)
}

/// Appends the path that begins at a token, and returns the index of the token after it.
fn path_in_tokens(tokens: &[TokenTree], begin: usize, path: &mut Vec<String>) -> usize {
    let mut at = begin;
    while let Some(TokenTree::Ident(name)) = tokens.get(at) {
        path.push(name.to_string());
        at += 1;
        if !is_separator(tokens, at) {
            break;
        }
        at += 2;
    }
    at
}

/// Finds what a path leads to, as the compiler does, but for names that only macros make.
struct Resolver<'a> {
    source: &'a Source,
    /// The names that each module imports, and their paths.
    imports: BTreeMap<usize, Vec<(&'a str, &'a Mention)>>,
    globs: BTreeMap<usize, Vec<&'a Mention>>,
}

impl<'a> Resolver<'a> {
    fn new(source: &'a Source, mentions: &'a [Mention]) -> Self {
        let mut imports: BTreeMap<_, Vec<_>> = BTreeMap::new();
        let mut globs: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for mention in mentions {
            match &mention.binds {
                Binds::Nothing => {}
                Binds::Name(name) => {
                    let imports = imports.entry(mention.module).or_default();
                    imports.push((name.as_str(), mention));
                }
                Binds::All => globs.entry(mention.module).or_default().push(mention),
            }
        }
        Self {
            source,
            imports,
            globs,
        }
    }

    fn resolve(&self, mention: &Mention) -> Option<Target> {
        // A variable, or what an import has brought: that one counts.
        if mention.path.len() == 1 && matches!(mention.binds, Binds::Nothing) {
            return None;
        }
        self.target(mention.module, &mention.path, &mut vec![mention])
    }

    /// `followed` are the imports that have led here; an import does not lead to itself.
    fn target(
        &self,
        at: usize,
        path: &[String],
        followed: &mut Vec<&'a Mention>,
    ) -> Option<Target> {
        let module = &self.source.modules[at];
        let (head, rest) = path.split_first()?;
        match head.as_str() {
            "" => Some(Target::External(rest.to_vec())),
            "crate" => self.inside(&module.path[..module.root], rest),
            CRATE => self.inside(&[], rest),
            "self" | "super" => {
                let climb = path
                    .iter()
                    .take_while(|name| ["self", "super"].contains(&name.as_str()));
                let steps = climb.clone().count();
                let ups = climb.filter(|name| *name == "super").count();
                let depth = module.path.len().checked_sub(ups)?;
                self.inside(&module.path[..depth], &path[steps..])
            }
            _ => self.in_scope(at, path, followed),
        }
    }

    /// A path that begins with a name in the scope of a module.
    fn in_scope(
        &self,
        at: usize,
        path: &[String],
        followed: &mut Vec<&'a Mention>,
    ) -> Option<Target> {
        if let Some(target) = self.member(at, path, followed) {
            return Some(target);
        }
        for glob in self.globs.get(&at).into_iter().flatten() {
            if followed.iter().any(|other| std::ptr::eq(*other, *glob)) {
                continue;
            }
            followed.push(glob);
            let module = self.target(at, &glob.path, followed);
            let Some(Target::Module(module)) = module else {
                continue;
            };
            for other in &self.source.by_path[&module] {
                if let Some(target) = self.member(*other, path, followed) {
                    return Some(target);
                }
            }
        }
        let is_crate =
            path[0].starts_with(char::is_lowercase) && !PRIMITIVES.contains(&path[0].as_str());
        is_crate.then(|| Target::External(path.to_vec()))
    }

    /// A path that begins with a module in this module, or with a name that this module imports.
    fn member(
        &self,
        at: usize,
        path: &[String],
        followed: &mut Vec<&'a Mention>,
    ) -> Option<Target> {
        let module = &self.source.modules[at].path;
        let child = [module, &path[..1]].concat();
        if self.source.by_path.contains_key(&child) {
            return self.inside(module, path);
        }
        let imports = self.imports.get(&at).into_iter().flatten();
        let named = imports.filter(|(name, _)| *name == path[0]);
        for (_, import) in named {
            if followed.iter().any(|other| std::ptr::eq(*other, *import)) {
                continue;
            }
            followed.push(import);
            let path = [&import.path, &path[1..]].concat();
            return self.target(at, &path, followed);
        }
        None
    }

    /// The innermost module on a path that begins in a module.
    #[expect(clippy::unnecessary_wraps, reason = "as the other steps")]
    fn inside(&self, module: &[String], path: &[String]) -> Option<Target> {
        let mut module = module.to_vec();
        for name in path.iter().filter(|name| *name != "self") {
            module.push(name.clone());
            if !self.source.by_path.contains_key(&module) {
                module.pop();
                break;
            }
        }
        Some(Target::Module(module))
    }
}
