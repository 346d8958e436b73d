//! Proves with cargo's own view of the features that a release build cannot skip certificate checks.

use anyhow::{Result, bail};

use crate::cargo::cargo;
use crate::step::{note, step};
use crate::workspace::Workspace;

/// What only a build with the feature `simulator` may contain.
const FORBIDDEN: [&str; 2] = ["danger-skip-cert-chain-verify", "whahook-simulator"];
/// The one that such a build must show, so that this check is known to be able to fail.
const TELLTALE: &str = "danger-skip-cert-chain-verify";

pub fn check(workspace: &Workspace) -> Result<()> {
    step("Checking what a release build contains", || {
        let release = tree(workspace, &[])?;
        let found = forbidden_in(&release);
        if !found.is_empty() {
            bail!(
                "a build without the feature `simulator` contains {}",
                found.join(", ")
            );
        }
        let demo = tree(workspace, &["--features", "simulator"])?;
        if !forbidden_in(&demo).contains(&TELLTALE) {
            bail!(
                "a build with the feature `simulator` lacks {TELLTALE}: this check proves nothing"
            );
        }
        note(
            "without the feature `simulator`: no simulator, no certificate skipping; with it: seen",
        );
        Ok(())
    })
}

/// One line for every package of the server: name, version, and the features that it is built with.
fn tree(workspace: &Workspace, more: &[&str]) -> Result<String> {
    let output = cargo(workspace)
        .args(["tree", "--package", "whahook", "--locked"])
        .args(["--edges", "normal", "--prefix", "none"])
        // Not `--edges features`: that shows what a dependency asks for, but not what a
        // feature of the package itself switches on.
        .args(["--format", "{p} features: {f}"])
        .args(more)
        .output()?;
    if !output.status.success() {
        bail!("cargo tree: {}", String::from_utf8_lossy(&output.stderr));
    }
    Ok(String::from_utf8(output.stdout)?)
}

/// Which forbidden features and packages the lines name:
/// `whahook-simulator v0.1.0 (/src/simulator) features: default`.
fn forbidden_in(tree: &str) -> Vec<&'static str> {
    let named = |word: &str| {
        tree.lines()
            .flat_map(|line| line.split([' ', ',']))
            .any(|part| part == word)
    };
    FORBIDDEN.into_iter().filter(|word| named(word)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const CLEAN: &str = "\
whahook v0.1.0 (/src/server) features: default
whatsapp-rust v0.7.0 features: sqlite-storage,tokio-native,tokio-runtime
wacore-noise v0.7.0 features: default (*)
";

    #[test]
    fn a_clean_tree_has_nothing_forbidden() {
        assert!(forbidden_in(CLEAN).is_empty());
    }

    #[test]
    fn certificate_skipping_is_found_among_the_features_of_any_package() {
        for features in [
            "danger-skip-cert-chain-verify",
            "danger-skip-cert-chain-verify,default",
            "default,danger-skip-cert-chain-verify (*)",
        ] {
            let tree = format!("{CLEAN}wacore-noise v0.7.0 features: {features}\n");
            assert_eq!(forbidden_in(&tree), ["danger-skip-cert-chain-verify"]);
        }
    }

    #[test]
    fn the_simulator_is_found_as_a_package() {
        let tree = format!("{CLEAN}whahook-simulator v0.1.0 (/src/simulator) features: \n");
        assert_eq!(forbidden_in(&tree), ["whahook-simulator"]);
    }

    #[test]
    fn a_longer_name_is_another_name() {
        let tree = format!("{CLEAN}whahook-simulator-notes v0.1.0 features: default\n");
        assert!(forbidden_in(&tree).is_empty());
    }
}
