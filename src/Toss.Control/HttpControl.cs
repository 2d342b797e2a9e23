using System.Globalization;
using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Toss.Control.Http;

namespace Toss.Control;

/// <summary>The control API of a running agent, over its owner-only socket or its screens. Every failure is a <see cref="ControlException"/>.</summary>
public sealed partial class HttpControl : IControl, IScreens, IDisposable
{
    private readonly HttpClient _http;
    private readonly int _version;

    /// <summary>Bytes of content given to copy; less for tests, which would have to send all of it.</summary>
    internal long MostContent { get; init; } = ControlProtocol.MaxContent;

    /// <param name="address">Path of the Unix domain socket; on Windows the named pipe, `\\.\pipe\…`.</param>
    public HttpControl(string address)
        : this(address, ControlProtocol.Version) { }

    /// <summary>Over a connection of somebody else's: the screens ask the server that they came from.</summary>
    /// <param name="site">Beneath which the requests are; ends in a slash.</param>
    public HttpControl(HttpMessageHandler connection, Uri site)
        : this(connection, site, ControlProtocol.Version) { }

    /// <summary>As a program of another version would ask; for tests.</summary>
    internal HttpControl(string address, int version)
        : this(OverSocket(address), new Uri("http://toss/"), version) { }

    private HttpControl(HttpMessageHandler connection, Uri site, int version)
    {
        _version = version;
        _http = new HttpClient(connection)
        {
            BaseAddress = site,
            // Pairing and a waiting paste last as long as they last; the caller's token ends them.
            Timeout = Timeout.InfiniteTimeSpan,
            MaxResponseContentBufferSize = ControlProtocol.MaxAnswer,
        };
    }

    public Task<StatusReport> GetStatusAsync(CancellationToken cancellation) =>
        GetAsync(ControlProtocol.Status, ControlJson.Default.StatusReport, cancellation);

    public Task<IReadOnlyList<DoctorCheck>> ExamineAsync(CancellationToken cancellation) =>
        GetAsync(ControlProtocol.Doctor, ControlJson.Default.IReadOnlyListDoctorCheck, cancellation);

    public Task<DoctorCheck> TestRelayAsync(RelayTestRequest request, CancellationToken cancellation) =>
        AskAsync(
            Body(HttpMethod.Post, ControlProtocol.TestRelay, request, ControlJson.Default.RelayTestRequest),
            ControlJson.Default.DoctorCheck,
            cancellation
        );

    public Task ConfirmPairingAsync(string pairingId, bool accept, CancellationToken cancellation) =>
        DoAsync(
            Body(
                HttpMethod.Post,
                ControlProtocol.ConfirmPairing,
                new ConfirmRequest(pairingId, accept),
                ControlJson.Default.ConfirmRequest
            ),
            cancellation
        );

    public Task<IReadOnlyList<DeviceReport>> GetDevicesAsync(CancellationToken cancellation) =>
        GetAsync(ControlProtocol.Devices, ControlJson.Default.IReadOnlyListDeviceReport, cancellation);

    public Task<DeviceReport> UnpairAsync(string device, IReadOnlyList<string> keep, CancellationToken cancellation) =>
        AskAsync(
            Body(
                HttpMethod.Post,
                ControlProtocol.Unpair,
                new UnpairRequest(device, keep),
                ControlJson.Default.UnpairRequest
            ),
            ControlJson.Default.DeviceReport,
            cancellation
        );

    public Task LeaveAsync(CancellationToken cancellation) => DoAsync(Post(ControlProtocol.Leave), cancellation);

    public Task RenameAsync(string name, CancellationToken cancellation) =>
        DoAsync(
            Body(HttpMethod.Put, ControlProtocol.Rename, new RenameRequest(name), ControlJson.Default.RenameRequest),
            cancellation
        );

    public Task<IReadOnlyList<ConfigEntry>> GetConfigAsync(CancellationToken cancellation) =>
        GetAsync(ControlProtocol.Config, ControlJson.Default.IReadOnlyListConfigEntry, cancellation);

    public Task<ConfigEntry> SetConfigAsync(string key, string? value, CancellationToken cancellation) =>
        AskAsync(
            Body(
                HttpMethod.Put,
                ControlProtocol.Config,
                new SetConfigRequest(key, value),
                ControlJson.Default.SetConfigRequest
            ),
            ControlJson.Default.ConfigEntry,
            cancellation
        );

    public Task<IReadOnlyList<RuleReport>> GetRulesAsync(CancellationToken cancellation) =>
        GetAsync(ControlProtocol.Rules, ControlJson.Default.IReadOnlyListRuleReport, cancellation);

    public Task<IReadOnlyList<RuleReport>> SetRuleAsync(SetRuleRequest request, CancellationToken cancellation) =>
        AskAsync(
            Body(HttpMethod.Put, ControlProtocol.Rules, request, ControlJson.Default.SetRuleRequest),
            ControlJson.Default.IReadOnlyListRuleReport,
            cancellation
        );

    public Task ResetRulesAsync(CancellationToken cancellation) =>
        DoAsync(Post(ControlProtocol.ResetRules), cancellation);

    public Task<SendReport> SendAsync(SendRequest request, CancellationToken cancellation) =>
        AskAsync(
            Body(HttpMethod.Post, ControlProtocol.Send, request, ControlJson.Default.SendRequest),
            ControlJson.Default.SendReport,
            cancellation
        );

    public Task<AcceptReport> AcceptAsync(string? clip, CancellationToken cancellation) =>
        AskAsync(
            Body(HttpMethod.Post, ControlProtocol.Accept, new AcceptRequest(clip), ControlJson.Default.AcceptRequest),
            ControlJson.Default.AcceptReport,
            cancellation
        );

    public Task PauseAsync(TimeSpan? duration, CancellationToken cancellation) =>
        DoAsync(
            Body(
                HttpMethod.Post,
                ControlProtocol.Pause,
                new PauseRequest((long?)duration?.TotalSeconds),
                ControlJson.Default.PauseRequest
            ),
            cancellation
        );

    public Task ResumeAsync(CancellationToken cancellation) => DoAsync(Post(ControlProtocol.Resume), cancellation);

    public Task<IReadOnlyList<TraceReport>> GetTraceAsync(int limit, CancellationToken cancellation) =>
        AskAsync(
            Body(HttpMethod.Post, ControlProtocol.Trace, new TraceRequest(limit), ControlJson.Default.TraceRequest),
            ControlJson.Default.IReadOnlyListTraceReport,
            cancellation
        );

    public Task<RenewReport> RenewKeysAsync(CancellationToken cancellation) =>
        AskAsync(Post(ControlProtocol.RenewKeys), ControlJson.Default.RenewReport, cancellation);

    public Task<AboutReport> GetAboutAsync(CancellationToken cancellation) =>
        GetAsync(ControlProtocol.About, ControlJson.Default.AboutReport, cancellation);

    public Task<ScreensOpened> OpenScreensAsync(string? link, CancellationToken cancellation) =>
        AskAsync(
            Body(
                HttpMethod.Post,
                ControlProtocol.OpenScreens,
                new OpenScreensRequest(link),
                ControlJson.Default.OpenScreensRequest
            ),
            ControlJson.Default.ScreensOpened,
            cancellation
        );

    public async Task<bool> WaitForScreensAsync(string url, TimeSpan patience, CancellationToken cancellation)
    {
        var request = new WaitForScreensRequest(url, (long)patience.TotalMilliseconds);
        var waited = await AskAsync(
            Body(HttpMethod.Post, ControlProtocol.WaitForScreens, request, ControlJson.Default.WaitForScreensRequest),
            ControlJson.Default.ScreensWaited,
            cancellation
        );
        return waited.Used;
    }

    public Task CloseScreensAsync(CancellationToken cancellation) =>
        DoAsync(Post(ControlProtocol.CloseScreens), cancellation);

    public Task<TransferReport> CancelAsync(int transfer, CancellationToken cancellation) =>
        AskAsync(
            Body(
                HttpMethod.Post,
                ControlProtocol.Cancel,
                new CancelRequest(transfer),
                ControlJson.Default.CancelRequest
            ),
            ControlJson.Default.TransferReport,
            cancellation
        );

    public Task<BenchReport> BenchAsync(string device, int megabytes, CancellationToken cancellation) =>
        AskAsync(
            Body(
                HttpMethod.Post,
                ControlProtocol.Bench,
                new BenchRequest(device, megabytes),
                ControlJson.Default.BenchRequest
            ),
            ControlJson.Default.BenchReport,
            cancellation
        );

    public Task StopAsync(CancellationToken cancellation) => DoAsync(Post(ControlProtocol.Stop), cancellation);

    public void Dispose() => _http.Dispose();

    private static SocketsHttpHandler OverSocket(string address) =>
        new()
        {
            UseProxy = false,
            UseCookies = false,
            AllowAutoRedirect = false,
            // A stream let go of is closed at once: the agent withdraws the code then, not after a polite drain.
            MaxResponseDrainSize = 0,
            ConnectCallback = (_, cancellation) => ControlConnection.OpenAsync(address, cancellation),
        };

    private static HttpRequestMessage Post(string path) => new(HttpMethod.Post, path);

    private static HttpRequestMessage Body<T>(HttpMethod method, string path, T body, JsonTypeInfo<T> type) =>
        new(method, path)
        {
            Content = new ByteArrayContent(JsonSerializer.SerializeToUtf8Bytes(body, type))
            {
                Headers = { ContentType = new MediaTypeHeaderValue("application/json") },
            },
        };

    private Task<T> GetAsync<T>(string path, JsonTypeInfo<T> type, CancellationToken cancellation) =>
        AskAsync(new HttpRequestMessage(HttpMethod.Get, path), type, cancellation);

    private async Task DoAsync(HttpRequestMessage request, CancellationToken cancellation)
    {
        using var response = await SendAsync(request, cancellation);
    }

    private async Task<T> AskAsync<T>(HttpRequestMessage request, JsonTypeInfo<T> type, CancellationToken cancellation)
    {
        using var response = await SendAsync(request, cancellation);
        try
        {
            await using var body = await response.Content.ReadAsStreamAsync(cancellation);
            return await JsonSerializer.DeserializeAsync(body, type, cancellation) ?? throw Unreadable();
        }
        catch (JsonException)
        {
            throw Unreadable();
        }
        catch (Exception failure) when (failure is IOException or HttpRequestException)
        {
            throw Ended();
        }
    }

    private async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellation)
    {
        // Here already: an agent that refuses while this still writes would look like one that ended.
        if (request.Content?.Headers.ContentLength > ControlProtocol.MaxRequest)
        {
            throw new ControlException(ControlErrors.TooLarge, "the request is too large");
        }
        // The paths of the protocol begin with a slash, and would leave a site that is beneath one.
        request.RequestUri = new Uri(_http.BaseAddress!, request.RequestUri!.OriginalString.TrimStart('/'));
        request.Headers.Add(ControlProtocol.VersionHeader, _version.ToString(CultureInfo.InvariantCulture));
        HttpResponseMessage response;
        try
        {
            using (request)
            {
                response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellation);
            }
        }
        catch (HttpRequestException failure)
        {
            throw failure.InnerException as ControlException ?? Ended();
        }
        try
        {
            await RefuseFailureAsync(response, cancellation);
            return response;
        }
        catch
        {
            response.Dispose();
            throw;
        }
    }

    private async Task RefuseFailureAsync(HttpResponseMessage response, CancellationToken cancellation)
    {
        var header = response.Headers.TryGetValues(ControlProtocol.VersionHeader, out var values)
            ? string.Join(',', values)
            : null;
        if (ControlProtocol.RefusalByClient(header, _version) is { } refusal)
        {
            throw refusal;
        }
        if (response.IsSuccessStatusCode)
        {
            return;
        }
        ControlFailure? failure;
        try
        {
            await using var body = await response.Content.ReadAsStreamAsync(cancellation);
            failure = await JsonSerializer.DeserializeAsync(body, ControlJson.Default.ControlFailure, cancellation);
        }
        catch (JsonException)
        {
            failure = null;
        }
        catch (Exception failed) when (failed is IOException or HttpRequestException)
        {
            throw Ended();
        }
        throw failure?.Error.ToException() ?? Unreadable();
    }

    private static ControlException Ended() =>
        new(ControlErrors.NoDaemon, "the toss agent ended before it answered", "run `toss logs`, then `toss up`");

    private static ControlException Unreadable() =>
        new(ControlErrors.Internal, "the toss agent answered with something this program cannot read", "update toss");
}
