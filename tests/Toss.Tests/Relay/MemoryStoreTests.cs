using Toss.Relay;
using Toss.Relay.Blobs;
using Toss.Relay.Mailboxes;
using Toss.Testing.Relay;

namespace Toss.Tests.Relay;

public sealed class MemoryMailboxStoreTests : MailboxStoreConformance
{
    protected override ValueTask<IMailboxStore> OpenAsync(RelayQuotas quotas) =>
        ValueTask.FromResult<IMailboxStore>(new MemoryMailboxStore(quotas));
}

public sealed class MemoryBlobStoreTests : BlobStoreConformance
{
    protected override ValueTask<IBlobStore> OpenAsync(RelayQuotas quotas) =>
        ValueTask.FromResult<IBlobStore>(new MemoryBlobStore(quotas));
}
