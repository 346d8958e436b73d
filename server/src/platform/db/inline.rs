//! SQLite as sqlx drives it, but on the thread that asks. sqlx gives every
//! connection a thread of its own: a statement then costs two switches between
//! threads, more than the statement itself. On the one writer, for which
//! everyone waits, that is what a message costs most of.
//!
//! Only for statements that are short. What may wait for the disk, a commit,
//! lets the runtime's other tasks go on meanwhile.

mod database;

pub use database::{DRIVER, SCHEME};

use rusqlite::{
    Batch, Statement, fallible_iterator::FallibleIterator as _, ffi::ErrorCode, types::ValueRef,
};
use sqlx_core::{
    Either, HashMap,
    any::{
        Any, AnyArguments, AnyColumn, AnyConnectionBackend, AnyQueryResult, AnyRow, AnyStatement,
        AnyTypeInfo, AnyTypeInfoKind, AnyValue, AnyValueKind,
    },
    describe::Describe,
    error::{DatabaseError, Error, ErrorKind},
    ext::ustr::UStr,
    sql_str::SqlStr,
};
use std::{borrow::Cow, error, fmt, path::Path, sync::Arc, time::Duration};
use tokio::{
    runtime::{Handle, RuntimeFlavor},
    task::block_in_place,
    time::{Instant, sleep},
};

/// How long a transaction waits for another process that writes.
const BUSY: Duration = Duration::from_secs(10);
const BUSY_PAUSE: Duration = Duration::from_millis(2);
/// Statements that a connection keeps prepared: most are written for a number of
/// rows.
const PREPARED: usize = 256;

type Result<T> = std::result::Result<T, Error>;
type Future<'a, T> = futures::future::BoxFuture<'a, Result<T>>;
type Rows = Vec<Either<AnyQueryResult, AnyRow>>;

/// What a statement takes, and the columns of what it returns.
struct Heading {
    /// For each of its places which argument stands there: `$3` is the third,
    /// wherever it stands. Looked up once: SQLite finds a name by comparing all.
    places: Vec<usize>,
    names: Arc<HashMap<UStr, usize>>,
    columns: Vec<AnyColumn>,
}

/// A connection that runs statements where it is asked to.
pub struct Inline {
    sqlite: rusqlite::Connection,
    headings: HashMap<String, Arc<Heading>>,
}

impl fmt::Debug for Inline {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Inline")
    }
}

impl Inline {
    fn open(path: &Path) -> Result<Self> {
        let sqlite = rusqlite::Connection::open(path).map_err(failed)?;
        sqlite.set_prepared_statement_cache_capacity(PREPARED);
        sqlite.busy_timeout(BUSY).map_err(failed)?;
        Ok(Self {
            sqlite,
            headings: HashMap::new(),
        })
    }

    fn run(&mut self, sql: &str, arguments: Option<&[AnyValueKind]>, most: usize) -> Result<Rows> {
        let mut rows = Rows::new();
        match arguments {
            Some(arguments) => {
                let mut statement = self.sqlite.prepare_cached(sql).map_err(failed)?;
                let heading = match self.headings.get(sql) {
                    Some(heading) => heading.clone(),
                    None => {
                        if self.headings.len() > 2 * PREPARED {
                            self.headings.clear();
                        }
                        let heading = Arc::new(Heading::of(&statement));
                        self.headings.insert(sql.to_owned(), heading.clone());
                        heading
                    }
                };
                bind(&mut statement, &heading.places, arguments).map_err(failed)?;
                read(&mut statement, &heading, most, &mut rows).map_err(failed)?;
            }
            // Without arguments it may be several.
            None => {
                let mut batch = Batch::new(&self.sqlite, sql);
                while let Some(mut statement) = batch.next().map_err(failed)? {
                    let heading = Heading::of(&statement);
                    read(&mut statement, &heading, most, &mut rows).map_err(failed)?;
                }
            }
        }
        rows.push(Either::Left(AnyQueryResult {
            rows_affected: self.sqlite.changes(),
            last_insert_id: None,
        }));
        Ok(rows)
    }

    async fn begin_with(&mut self, sql: &str) -> Result<()> {
        // Waiting for another process must not hold up this one's tasks.
        self.sqlite.busy_timeout(Duration::ZERO).map_err(failed)?;
        let until = Instant::now() + BUSY;
        let begun = loop {
            match self.sqlite.execute_batch(sql) {
                Err(error) if is_busy(&error) && Instant::now() < until => sleep(BUSY_PAUSE).await,
                done => break done,
            }
        };
        self.sqlite.busy_timeout(BUSY).map_err(failed)?;
        begun.map_err(failed)
    }

    fn end(&mut self, sql: &str) -> Result<()> {
        self.sqlite.execute_batch(sql).map_err(failed)
    }

    fn roll_back(&mut self) -> Result<()> {
        match self.sqlite.is_autocommit() {
            // SQLite has ended it by itself.
            true => Ok(()),
            false => self.end("ROLLBACK"),
        }
    }
}

impl AnyConnectionBackend for Inline {
    fn name(&self) -> &'static str {
        database::NAME
    }

    fn close(self: Box<Self>) -> futures::future::BoxFuture<'static, Result<()>> {
        Box::pin(async move { self.sqlite.close().map_err(|(_, error)| failed(error)) })
    }

    fn close_hard(self: Box<Self>) -> futures::future::BoxFuture<'static, Result<()>> {
        self.close()
    }

    fn ping(&mut self) -> Future<'_, ()> {
        Box::pin(async { Ok(()) })
    }

    fn begin(&mut self, statement: Option<SqlStr>) -> Future<'_, ()> {
        Box::pin(async move {
            let sql = statement.as_ref().map_or("BEGIN", SqlStr::as_str);
            self.begin_with(sql).await
        })
    }

    fn commit(&mut self) -> Future<'_, ()> {
        Box::pin(async move { while_others_go_on(|| self.end("COMMIT")) })
    }

    fn rollback(&mut self) -> Future<'_, ()> {
        Box::pin(async move { self.roll_back() })
    }

    fn start_rollback(&mut self) {
        if let Err(error) = self.roll_back() {
            tracing::warn!(%error, "A transaction could not be rolled back.");
        }
    }

    fn get_transaction_depth(&self) -> usize {
        usize::from(!self.sqlite.is_autocommit())
    }

    fn shrink_buffers(&mut self) {}

    fn flush(&mut self) -> Future<'_, ()> {
        Box::pin(async { Ok(()) })
    }

    fn should_flush(&self) -> bool {
        false
    }

    fn fetch_many(
        &mut self,
        query: SqlStr,
        _: bool,
        arguments: Option<AnyArguments>,
    ) -> futures::stream::BoxStream<'_, Result<Either<AnyQueryResult, AnyRow>>> {
        let values = arguments.as_ref().map(|all| all.values.0.as_slice());
        let rows: Vec<_> = match self.run(query.as_str(), values, usize::MAX) {
            Ok(rows) => rows.into_iter().map(Ok).collect(),
            Err(error) => vec![Err(error)],
        };
        Box::pin(futures::stream::iter(rows))
    }

    fn fetch_optional(
        &mut self,
        query: SqlStr,
        _: bool,
        arguments: Option<AnyArguments>,
    ) -> Future<'_, Option<AnyRow>> {
        let values = arguments.as_ref().map(|all| all.values.0.as_slice());
        let found = self.run(query.as_str(), values, 1).map(|rows| {
            let mut rows = rows.into_iter();
            rows.find_map(Either::right)
        });
        Box::pin(async { found })
    }

    /// Only sqlx's own tools ask for it.
    fn describe(&mut self, _: SqlStr) -> Future<'_, Describe<Any>> {
        Box::pin(async { Err(Error::Protocol("a statement is not described".to_owned())) })
    }

    fn prepare_with<'c, 'q: 'c>(
        &'c mut self,
        sql: SqlStr,
        _: &[AnyTypeInfo],
    ) -> Future<'c, AnyStatement> {
        let prepared = self.sqlite.prepare_cached(sql.as_str());
        let prepared = prepared.map(|statement| {
            let Heading { names, columns, .. } = Heading::of(&statement);
            AnyStatement {
                parameters: Some(Either::Right(statement.parameter_count())),
                columns,
                column_names: names,
                sql: sql.clone(),
            }
        });
        Box::pin(async { prepared.map_err(failed) })
    }
}

/// Runs what waits for the disk; where it can be, other tasks get another thread.
fn while_others_go_on<T>(work: impl FnOnce() -> T) -> T {
    match Handle::try_current().map(|handle| handle.runtime_flavor()) {
        Ok(RuntimeFlavor::MultiThread) => block_in_place(work),
        _ => work(),
    }
}

fn bind(
    statement: &mut Statement<'_>,
    places: &[usize],
    arguments: &[AnyValueKind],
) -> rusqlite::Result<()> {
    for (place, argument) in (1..).zip(places) {
        let argument = arguments.get(*argument);
        match argument.unwrap_or(&AnyValueKind::Null(AnyTypeInfoKind::Null)) {
            AnyValueKind::Bool(value) => statement.raw_bind_parameter(place, value),
            AnyValueKind::SmallInt(value) => statement.raw_bind_parameter(place, value),
            AnyValueKind::Integer(value) => statement.raw_bind_parameter(place, value),
            AnyValueKind::BigInt(value) => statement.raw_bind_parameter(place, value),
            AnyValueKind::Real(value) => statement.raw_bind_parameter(place, value),
            AnyValueKind::Double(value) => statement.raw_bind_parameter(place, value),
            AnyValueKind::Text(value) => statement.raw_bind_parameter(place, value.as_str()),
            AnyValueKind::TextSlice(value) => statement.raw_bind_parameter(place, &**value),
            AnyValueKind::Blob(value) => statement.raw_bind_parameter(place, value.as_slice()),
            _ => statement.raw_bind_parameter(place, rusqlite::types::Null),
        }?;
    }
    Ok(())
}

fn read(
    statement: &mut Statement<'_>,
    heading: &Heading,
    most: usize,
    into: &mut Rows,
) -> rusqlite::Result<()> {
    let count = statement.column_count();
    let mut rows = statement.raw_query();
    let mut left = most;
    while left > 0 {
        let Some(row) = rows.next()? else { break };
        let mut values = Vec::with_capacity(count);
        for place in 0..count {
            let kind = match row.get_ref(place)? {
                ValueRef::Null => AnyValueKind::Null(AnyTypeInfoKind::Null),
                ValueRef::Integer(value) => AnyValueKind::BigInt(value),
                ValueRef::Real(value) => AnyValueKind::Double(value),
                ValueRef::Text(text) => {
                    AnyValueKind::Text(Arc::new(String::from_utf8_lossy(text).into_owned()))
                }
                ValueRef::Blob(bytes) => AnyValueKind::Blob(Arc::new(bytes.to_vec())),
            };
            values.push(AnyValue { kind });
        }
        into.push(Either::Right(AnyRow {
            column_names: heading.names.clone(),
            columns: heading.columns.clone(),
            values,
        }));
        left -= 1;
    }
    Ok(())
}

impl Heading {
    fn of(statement: &Statement<'_>) -> Self {
        let argument = |place| {
            let number = statement
                .parameter_name(place)
                .and_then(|name| name.get(1..)?.parse::<usize>().ok());
            number.unwrap_or(place).wrapping_sub(1)
        };
        let places = (1..=statement.parameter_count()).map(argument).collect();
        let names = statement.column_names();
        let columns = names.iter().enumerate().map(|(ordinal, name)| AnyColumn {
            ordinal,
            name: UStr::new(name),
            // Of what type a value is, the value says.
            type_info: AnyTypeInfo {
                kind: AnyTypeInfoKind::Null,
            },
        });
        let columns: Vec<AnyColumn> = columns.collect();
        let names = columns
            .iter()
            .map(|column| (column.name.clone(), column.ordinal))
            .collect();
        Self {
            places,
            names: Arc::new(names),
            columns,
        }
    }
}

fn is_busy(error: &rusqlite::Error) -> bool {
    matches!(
        error.sqlite_error_code(),
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked)
    )
}

fn failed(error: rusqlite::Error) -> Error {
    match error {
        rusqlite::Error::SqliteFailure(problem, message) => Error::Database(Box::new(Failure {
            code: problem.extended_code,
            message: message.unwrap_or_else(|| problem.to_string()),
        })),
        other => Error::Protocol(other.to_string()),
    }
}

/// The same failure for one more who has to hear of it.
pub fn copy(error: &Error) -> Error {
    let failure = match error {
        Error::Database(problem) => problem.try_downcast_ref::<Failure>(),
        _ => None,
    };
    match failure {
        Some(failure) => Error::Database(Box::new(failure.clone())),
        None => Error::Protocol(error.to_string()),
    }
}

/// A transaction was ended by SQLite, which does so where it cannot write.
pub fn ended() -> Error {
    Error::Database(Box::new(Failure {
        code: rusqlite::ffi::SQLITE_IOERR,
        message: "SQLite ended the transaction by itself".to_owned(),
    }))
}

/// As sqlx's own driver tells of a failure.
#[derive(Debug, Clone)]
struct Failure {
    code: i32,
    message: String,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "(code: {}) {}", self.code, self.message)
    }
}

impl error::Error for Failure {}

impl DatabaseError for Failure {
    fn message(&self) -> &str {
        &self.message
    }

    /// The extended one.
    fn code(&self) -> Option<Cow<'_, str>> {
        Some(self.code.to_string().into())
    }

    fn as_error(&self) -> &(dyn error::Error + Send + Sync + 'static) {
        self
    }

    fn as_error_mut(&mut self) -> &mut (dyn error::Error + Send + Sync + 'static) {
        self
    }

    fn into_error(self: Box<Self>) -> Box<dyn error::Error + Send + Sync + 'static> {
        self
    }

    fn kind(&self) -> ErrorKind {
        use rusqlite::ffi::{
            SQLITE_CONSTRAINT_CHECK, SQLITE_CONSTRAINT_FOREIGNKEY, SQLITE_CONSTRAINT_NOTNULL,
            SQLITE_CONSTRAINT_PRIMARYKEY, SQLITE_CONSTRAINT_UNIQUE,
        };
        match self.code {
            SQLITE_CONSTRAINT_UNIQUE | SQLITE_CONSTRAINT_PRIMARYKEY => ErrorKind::UniqueViolation,
            SQLITE_CONSTRAINT_FOREIGNKEY => ErrorKind::ForeignKeyViolation,
            SQLITE_CONSTRAINT_NOTNULL => ErrorKind::NotNullViolation,
            SQLITE_CONSTRAINT_CHECK => ErrorKind::CheckViolation,
            _ => ErrorKind::Other,
        }
    }
}
