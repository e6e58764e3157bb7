using System.ComponentModel;
using System.Reflection;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using ModelContextProtocol;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;

namespace Miosa.Mcp.Calls;

/// <summary>
/// A tool made of a method. The SDK makes tools of methods too, but generates for each the JSON metadata of its
/// arguments and its answer, half of a host's start; of ours the arguments are few kinds, and the answer is never described.
/// </summary>
internal sealed class ToolMethod : McpServerTool
{
    private readonly MethodInfo _method;
    private readonly ParameterInfo[] _parameters;
    private readonly bool[] _isArgument;
    private readonly object[] _attributes;
    private readonly MethodInfo? _taskResult;

    public ToolMethod(MethodInfo method, IServiceProviderIsService services)
    {
        _method = method;
        _parameters = method.GetParameters();
        _isArgument = [.. _parameters.Select(parameter => !IsGiven(parameter.ParameterType) && !services.IsService(parameter.ParameterType))];
        _attributes = method.GetCustomAttributes(inherit: false);
        _taskResult = typeof(Task).IsAssignableFrom(method.ReturnType) ? method.ReturnType.GetProperty("Result")?.GetMethod : null;
        var capability = _attributes.OfType<CapabilityAttribute>().SingleOrDefault();
        ProtocolTool = new Tool
        {
            Name = _attributes.OfType<McpServerToolAttribute>().Single().Name ?? throw new InvalidOperationException($"The tool {method.DeclaringType}.{method.Name} has no name."),
            Description = _attributes.OfType<DescriptionAttribute>().SingleOrDefault()?.Description,
            InputSchema = ToolSchemas.Input(method.Name, _parameters.Where((_, i) => _isArgument[i]), capability is { IsMutation: true }),
            Annotations = capability is null ? null : new ToolAnnotations
            {
                ReadOnlyHint = !capability.IsMutation,
                DestructiveHint = capability.Risk is Risk.Destructive,
                IdempotentHint = capability.Idempotent || !capability.IsMutation,
                OpenWorldHint = capability.OpenWorld,
            },
        };
    }

    public override Tool ProtocolTool { get; }

    public override IReadOnlyList<object> Metadata => _attributes;

    public override async ValueTask<CallToolResult> InvokeAsync(RequestContext<CallToolRequestParams> request, CancellationToken cancellationToken = default)
    {
        var target = request.Services!.GetRequiredService(_method.DeclaringType!);
        var values = new object?[_parameters.Length];
        for (var i = 0; i < values.Length; i++)
            values[i] = _isArgument[i] ? Argument(_parameters[i], request.Params.Arguments) : Given(_parameters[i].ParameterType, request, cancellationToken);
        var result = _method.Invoke(target, BindingFlags.DoNotWrapExceptions, binder: null, values, culture: null);
        if (result is Task task)
        {
            await task;
            result = _taskResult?.Invoke(task, null);
        }
        return result as CallToolResult ?? Wire.Result(result);
    }

    private static bool IsGiven(Type type) =>
        type == typeof(CancellationToken) || type == typeof(McpServer) || type == typeof(RequestContext<CallToolRequestParams>) || type == typeof(IProgress<ProgressNotificationValue>);

    private static object? Given(Type type, RequestContext<CallToolRequestParams> request, CancellationToken cancellationToken) =>
        type == typeof(CancellationToken) ? cancellationToken
        : type == typeof(McpServer) ? request.Server
        : type == typeof(RequestContext<CallToolRequestParams>) ? request
        : type == typeof(IProgress<ProgressNotificationValue>) ? request.Params.ProgressToken is { } token ? new CallProgress(request.Server, token) : null
        : request.Services!.GetRequiredService(type);

    /// <summary>What the pipeline has checked against the schema. The plain kinds need no serializer.</summary>
    private static object? Argument(ParameterInfo parameter, IDictionary<string, JsonElement>? arguments)
    {
        if (arguments is null || !arguments.TryGetValue(parameter.Name!, out var value))
            return parameter.HasDefaultValue ? parameter.DefaultValue : throw new InvalidOperationException($"The argument {parameter.Name} came through unchecked: it is missing.");
        var type = Nullable.GetUnderlyingType(parameter.ParameterType) ?? parameter.ParameterType;
        return type == typeof(string) ? value.GetString()
            : type == typeof(bool) ? value.GetBoolean()
            : type == typeof(int) ? value.GetInt32()
            : value.Deserialize(type, Wire.Options);
    }

    /// <summary>News of a call under way, on the stream of its request.</summary>
    private sealed class CallProgress(McpServer server, ProgressToken token) : IProgress<ProgressNotificationValue>
    {
        public void Report(ProgressNotificationValue value) => _ = server.NotifyProgressAsync(token, value, cancellationToken: CancellationToken.None);
    }
}
