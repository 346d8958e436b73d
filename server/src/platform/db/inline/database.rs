//! What sqlx asks of a database. Nobody uses this one but by way of `Any`, which
//! needs the connection alone: the rest is never made.

use super::{Inline, Result};
use sqlx_core::{
    Either,
    any::{AnyConnectOptions, AnyConnectionBackend, driver::AnyDriver},
    arguments::Arguments,
    column::{Column, ColumnIndex},
    connection::{ConnectOptions, Connection},
    database::Database,
    encode::Encode,
    error::{BoxDynError, Error},
    row::Row,
    sql_str::SqlStr,
    statement::Statement,
    transaction::{Transaction, TransactionManager},
    type_info::TypeInfo,
    types::Type,
    value::{Value, ValueRef},
};
use std::{borrow::Cow, fmt, path::PathBuf, str::FromStr, time::Duration};
use url::Url;

pub const NAME: &str = "SQLite";
/// Of addresses: `sqlite-inline:///path/to/file`.
pub const SCHEME: &str = "sqlite-inline";

pub const DRIVER: AnyDriver = AnyDriver::without_migrate::<InlineSqlite>();

#[derive(Debug)]
pub struct InlineSqlite;

impl Database for InlineSqlite {
    type Connection = Inline;
    type TransactionManager = Transactions;
    type Row = Unused;
    type QueryResult = Unused;
    type Column = Unused;
    type TypeInfo = Unused;
    type Value = Unused;
    type ValueRef<'r> = Unused;
    type Arguments = Unused;
    type ArgumentBuffer = ();
    type Statement = Unused;

    const NAME: &'static str = NAME;
    const URL_SCHEMES: &'static [&'static str] = &[SCHEME];
}

/// Where the file is.
#[derive(Debug, Clone)]
pub struct Options(PathBuf);

impl FromStr for Options {
    type Err = Error;

    fn from_str(url: &str) -> Result<Self> {
        let url = url.parse().map_err(Error::config)?;
        Self::from_url(&url)
    }
}

impl ConnectOptions for Options {
    type Connection = Inline;

    fn from_url(url: &Url) -> Result<Self> {
        let path = percent_encoding::percent_decode_str(url.path());
        let path = path.decode_utf8().map_err(Error::config)?;
        Ok(Self(PathBuf::from(&*path)))
    }

    async fn connect(&self) -> Result<Inline> {
        Inline::open(&self.0)
    }

    fn log_statements(self, _: log::LevelFilter) -> Self {
        self
    }

    fn log_slow_statements(self, _: log::LevelFilter, _: Duration) -> Self {
        self
    }
}

impl TryFrom<&AnyConnectOptions> for Options {
    type Error = Error;

    fn try_from(options: &AnyConnectOptions) -> Result<Self> {
        Self::from_url(&options.database_url)
    }
}

/// `Any` begins and ends transactions by way of the connection.
pub struct Transactions;

impl TransactionManager for Transactions {
    type Database = InlineSqlite;

    async fn begin(connection: &mut Inline, statement: Option<SqlStr>) -> Result<()> {
        AnyConnectionBackend::begin(connection, statement).await
    }

    async fn commit(connection: &mut Inline) -> Result<()> {
        AnyConnectionBackend::commit(connection).await
    }

    async fn rollback(connection: &mut Inline) -> Result<()> {
        AnyConnectionBackend::rollback(connection).await
    }

    fn start_rollback(connection: &mut Inline) {
        AnyConnectionBackend::start_rollback(connection);
    }

    fn get_transaction_depth(connection: &Inline) -> usize {
        AnyConnectionBackend::get_transaction_depth(connection)
    }
}

impl Connection for Inline {
    type Database = InlineSqlite;
    type Options = Options;

    async fn close(self) -> Result<()> {
        AnyConnectionBackend::close(Box::new(self)).await
    }

    async fn close_hard(self) -> Result<()> {
        AnyConnectionBackend::close(Box::new(self)).await
    }

    async fn ping(&mut self) -> Result<()> {
        Ok(())
    }

    async fn begin(&mut self) -> Result<Transaction<'_, InlineSqlite>> {
        Transaction::begin(self, None).await
    }

    fn shrink_buffers(&mut self) {}

    async fn flush(&mut self) -> Result<()> {
        Ok(())
    }

    fn should_flush(&self) -> bool {
        false
    }
}

/// Rows, values and statements of `Any` are its own.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Unused;

impl fmt::Display for Unused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("unused")
    }
}

impl Extend<Self> for Unused {
    fn extend<T: IntoIterator<Item = Self>>(&mut self, _: T) {}
}

impl Row for Unused {
    type Database = InlineSqlite;

    fn columns(&self) -> &[Self] {
        &[]
    }

    fn try_get_raw<I: ColumnIndex<Self>>(&self, index: I) -> Result<Self> {
        Err(Error::ColumnNotFound(format!("{index:?}")))
    }
}

impl Column for Unused {
    type Database = InlineSqlite;

    fn ordinal(&self) -> usize {
        0
    }

    fn name(&self) -> &'static str {
        ""
    }

    fn type_info(&self) -> &Self {
        self
    }
}

impl TypeInfo for Unused {
    fn is_null(&self) -> bool {
        true
    }

    fn name(&self) -> &'static str {
        ""
    }
}

impl Value for Unused {
    type Database = InlineSqlite;

    fn as_ref(&self) -> Self {
        Self
    }

    fn type_info(&self) -> Cow<'_, Self> {
        Cow::Borrowed(self)
    }

    fn is_null(&self) -> bool {
        true
    }
}

impl ValueRef<'_> for Unused {
    type Database = InlineSqlite;

    fn to_owned(&self) -> Self {
        Self
    }

    fn type_info(&self) -> Cow<'_, Self> {
        Cow::Borrowed(self)
    }

    fn is_null(&self) -> bool {
        true
    }
}

impl Arguments for Unused {
    type Database = InlineSqlite;

    fn reserve(&mut self, _: usize, _: usize) {}

    fn add<'t, T>(&mut self, _: T) -> std::result::Result<(), BoxDynError>
    where
        T: Encode<'t, InlineSqlite> + Type<InlineSqlite>,
    {
        Ok(())
    }

    fn len(&self) -> usize {
        0
    }
}

sqlx_core::impl_into_arguments_for_arguments!(Unused);

impl Statement for Unused {
    type Database = InlineSqlite;

    fn into_sql(self) -> SqlStr {
        SqlStr::from_static("")
    }

    fn sql(&self) -> &SqlStr {
        const NONE: &SqlStr = &SqlStr::from_static("");
        NONE
    }

    fn parameters(&self) -> Option<Either<&[Self], usize>> {
        None
    }

    fn columns(&self) -> &[Self] {
        &[]
    }

    sqlx_core::impl_statement_query!(Unused);
}
