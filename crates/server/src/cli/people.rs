//! `deskbell user` and `token`: what administrators do from a terminal, also alongside a running server.

use std::io::Read as _;

use clap::{Args, Subcommand, ValueEnum};
use domain::role::Role;
use domain::secret::Secret;
use store::table::user::{self, User};

use super::{Failure, Outcome, StoreArgs, failure, open, print, print_json, print_table};
use engine::config::Config;
use engine::passwords;
use engine::tokens;
use engine::users::{self, Admission, NewUser, UserView};

/// `deskbell user …`
#[derive(Debug, Subcommand)]
pub(super) enum UserCommand {
    /// Adds a user.
    Add(AddArgs),
    /// Sets a new password; the user's sessions and API tokens end.
    Passwd(PasswdArgs),
    /// Lists the users.
    List(ListArgs),
}

/// A role, as an argument.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum RoleArg {
    /// Manages everything.
    Administrator,
    /// Supervises agents and conversations.
    Supervisor,
    /// Answers customers.
    Agent,
}

#[derive(Debug, Args)]
pub(super) struct AddArgs {
    /// The e-mail address that they sign in with.
    #[arg(long)]
    email: String,
    /// The name that colleagues and customers see.
    #[arg(long)]
    name: String,
    /// Their role.
    #[arg(long, value_enum)]
    role: RoleArg,
    /// They also take conversations; users with the role agent always do.
    #[arg(long)]
    agent: bool,
    /// Reads the password from the standard input.
    #[arg(long, required = true)]
    password_stdin: bool,
    #[command(flatten)]
    store: StoreArgs,
}

#[derive(Debug, Args)]
pub(super) struct PasswdArgs {
    /// The user's e-mail address.
    #[arg(long)]
    email: String,
    /// Reads the password from the standard input.
    #[arg(long, required = true)]
    password_stdin: bool,
    #[command(flatten)]
    store: StoreArgs,
}

#[derive(Debug, Args)]
pub(super) struct ListArgs {
    /// Prints JSON.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    store: StoreArgs,
}

/// `deskbell token …`
#[derive(Debug, Subcommand)]
pub(super) enum TokenCommand {
    /// Creates an API token and prints only the token.
    Create {
        /// The e-mail address of the user whose permissions it has.
        #[arg(long, value_name = "EMAIL")]
        user: String,
        /// Its name in the list of tokens.
        #[arg(long, default_value = "command line")]
        name: String,
        #[command(flatten)]
        store: StoreArgs,
    },
}

impl UserCommand {
    pub(super) fn store(&self) -> &StoreArgs {
        match self {
            Self::Add(args) => &args.store,
            Self::Passwd(args) => &args.store,
            Self::List(args) => &args.store,
        }
    }
}

impl TokenCommand {
    pub(super) fn store(&self) -> &StoreArgs {
        let Self::Create { store, .. } = self;
        store
    }
}

/// The password on the standard input, without its trailing newline.
fn password() -> Result<Secret, Failure> {
    let mut text = String::new();
    std::io::stdin()
        .take(4_096)
        .read_to_string(&mut text)
        .map_err(|error| Failure(format!("The password cannot be read from the standard input: {error}.")))?;
    let password = Secret::from(without_newline(&text));
    passwords::acceptable(&password).map_err(Failure)?;
    Ok(password)
}

fn without_newline(text: &str) -> &str {
    let text = text.strip_suffix('\n').unwrap_or(text);
    text.strip_suffix('\r').unwrap_or(text)
}

async fn by_email(store: &store::Store, email: &str) -> Result<User, Failure> {
    let found = user::by_email(store, email).await?;
    let found =
        found.ok_or_else(|| Failure(format!("There is no user with the e-mail address {}.", email.trim())))?;
    if found.role == Role::Guest {
        return Err(Failure(format!(
            "{} is Meta's reviewer: their access is given and revoked at the gateway, in its App Review tab.",
            found.email
        )));
    }
    Ok(found)
}

/// `deskbell user …`
pub(super) async fn user(config: &Config, command: UserCommand) -> Outcome {
    match command {
        UserCommand::Add(args) => {
            let role = match args.role {
                RoleArg::Administrator => Role::Administrator,
                RoleArg::Supervisor => Role::Supervisor,
                RoleArg::Agent => Role::Agent,
            };
            let role = role.word();
            let password = Some(password()?);
            let new =
                NewUser { email: args.email, name: args.name, role, password, agent: args.agent.then_some(true) };
            let (store, ids) = open(config).await?;
            let user = users::add(&store, &ids, new, Admission::CommandLine).await.map_err(failure)?;
            print(&format!("Added {} ({}, {}).", user.name, user.email, user.role.word()))
        }
        UserCommand::Passwd(args) => {
            let password = password()?;
            let (store, ids) = open(config).await?;
            let user = by_email(&store, &args.email).await?;
            users::reset_password(&store, &ids, user.id, password).await.map_err(failure)?;
            print(&format!("{} has another password; their sessions and API tokens have ended.", user.name))
        }
        UserCommand::List(args) => {
            let (store, _) = open(config).await?;
            let found = user::list(&store).await?;
            if args.json {
                return print_json(&found.iter().map(UserView::from).collect::<Vec<_>>());
            }
            let yes = |is: bool| if is { "yes" } else { "no" }.to_owned();
            let line = |user: &User| {
                let role = user.role_name.clone().unwrap_or_else(|| user.role.word());
                vec![user.email.clone(), user.name.clone(), role, yes(user.agent), yes(user.active)]
            };
            print_table(&["EMAIL", "NAME", "ROLE", "AGENT", "ACTIVE"], &found.iter().map(line).collect::<Vec<_>>())
        }
    }
}

/// `deskbell token …`
pub(super) async fn token(config: &Config, command: TokenCommand) -> Outcome {
    let TokenCommand::Create { user, name, .. } = command;
    let (store, ids) = open(config).await?;
    let user = by_email(&store, &user).await?;
    if !user.active {
        return Err(Failure(format!("{} cannot sign in, so a token of theirs would be useless.", user.name)));
    }
    print(&tokens::make(&store, &ids, user.id, &name).await.map_err(failure)?)
}

#[cfg(test)]
mod tests {
    use super::without_newline;

    #[test]
    fn a_password_loses_its_trailing_newline_and_nothing_else() {
        assert_eq!(without_newline(" secret \n"), " secret ");
        assert_eq!(without_newline("secret\r\n"), "secret");
        assert_eq!(without_newline("two\n\n"), "two\n");
    }
}
