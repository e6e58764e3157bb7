using Miosa.Mcp.Calls;

namespace Miosa.Mcp.Approvals;

/// <summary>Looks at the place where a call would act, before a person is asked and again before it is made. Each knows some tools.</summary>
internal interface ICallInspector
{
    /// <summary>Null where the call is none of its. Refuses a call that cannot work anyway, so that nobody is asked about it.</summary>
    Task<CallFacts?> InspectAsync(Call call, CancellationToken cancellationToken);
}
